// SPDX-License-Identifier: MIT
// Stage 7: one blocked wait, as others see it; from wait/wait, to wait/wait_graph.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/parker.h"
#include "result/frame.h"
#include "wait/wait_graph.h"

namespace tp::core {

class Job;

/// What a thread waits for: any of several jobs; or all jobs of a pool, or any of the jobs that fill it.
struct Awaited {
  Awaited(Job* const* some, std::size_t number) noexcept : jobs(some), count(number) {}
  explicit Awaited(const PoolWaits& idle) noexcept : pool(&idle) {}
  Awaited(const PoolWaits& full, const std::atomic<std::size_t>& jobs_in_it) noexcept
      : pool(&full), pending(&jobs_in_it) {}

  Job* const* jobs = nullptr;  // they exist until the wait is over
  std::size_t count = 0;
  const PoolWaits* pool = nullptr;
  const std::atomic<std::size_t>* pending = nullptr;
};

/// One blocked wait of a thread that runs tasks or callbacks, or is a worker. No job on the thread's stack can end
/// before what is awaited. Waits that have only each other to wait for would never return; wait/deadlock ends them.
/// Is in the graph until it leaves. Costs nothing on threads that run nothing. A thread has one at a time.
class Wait {
 public:
  /// What a cycle does to the wait. A checked wait returns. One that must not return may only make others return. A
  /// stream's next never returns for a cycle, because it needs one value and not the end of its job; but it helps.
  enum Kind : std::uint8_t { checked, must_not_return, next_value };
  /// REQUIRES: the thread is in the WaitList of each awaited job that may end meanwhile.
  Wait(const Awaited& awaited, Kind kind) noexcept;
  Wait(Job* const* awaited, std::size_t count, Kind kind) noexcept
      : Wait(Awaited(awaited, count), kind) {}
  ~Wait();
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  /// Whether the thread should wake up: it is in a cycle, or there is something to help with.
  bool told() const noexcept { return told_.load() != Told::nothing; }
  bool closes_cycle() const noexcept { return told_.load() == Told::cycle; }
  /// Takes the wait out of the graph. Returns the job of which the thread should run something, with a reference, or
  /// nullptr.
  Job* leave() noexcept;

  // -- for the graph, under its mutex ------------------------------------------------------------
  const Awaited& awaited() const noexcept { return awaited_; }
  Kind kind() const noexcept { return kind_; }
  const PoolWaits* pool() const noexcept { return pool_; }
  std::size_t worker() const noexcept { return worker_; }
  Wait* next() const noexcept { return next_; }
  Wait* next_of_pool() const noexcept { return next_of_pool_; }
  /// The innermost call that its thread is in.
  const Frame* frames() const noexcept { return frames_; }
  /// Whether its thread runs something of the pool.
  bool is_inside(const PoolContext* owner) const noexcept;
  bool in_callback() const noexcept;
  /// Wakes the thread to return for a cycle, or to help.
  void tell_cycle() noexcept;
  void tell_help(Job& job) noexcept;

  /// What a search notes about the wait (wait/deadlock).
  struct Search {
    std::uint64_t number = 0;  // of the last search that came here
    std::uint64_t path = 0;    // of the last look for a path
    Wait* next_found = nullptr;
    Wait* next_to_do = nullptr;
    bool is_out = false;  // the wait may end
  } search;

 private:
  friend class WaitGraph;
  enum class Told : std::uint8_t { nothing, cycle, help };

  WaitGraph* own_graph() const noexcept;
  WaitGraph* awaited_graph(std::size_t index) const noexcept;
  void join_frames(GraphLock& lock) const noexcept;
  bool join_awaited(GraphLock& lock, std::size_t from) const noexcept;

  Frame* const frames_;
  const Awaited awaited_;
  const Kind kind_;
  PoolWaits* pool_ = nullptr;   // whose worker the thread is
  std::size_t worker_ = 0;      // its number
  WaitGraph* graph_ = nullptr;  // with a reference; nullptr: not registered
  Parker& parker_;
  std::atomic<Told> told_{Told::nothing};
  Job* help_ = nullptr;  // with a reference
  Wait *prev_, *next_;
  Wait *next_of_pool_, **link_of_pool_;
};

/// While a callback blocks, its lane knows which thread runs further callbacks.
class BlockedCallback {
 public:
  explicit BlockedCallback(Parker& parker) noexcept;
  ~BlockedCallback();
  BlockedCallback(const BlockedCallback&) = delete;
  BlockedCallback& operator=(const BlockedCallback&) = delete;

 private:
  PoolContext* owner_ = nullptr;
  Parker* outer_ = nullptr;
};

/// The pool whose callback runs innermost on this thread; nullptr when none does.
PoolContext* callback_owner() noexcept;

}  // namespace tp::core
