// SPDX-License-Identifier: MIT
// Stage 7: who waits for whom, so that a cycle of waits is found; from result/wait, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/parker.h"
#include "result/frame.h"

namespace tp::core {

class Job;

/// One blocked wait of a thread that runs tasks or callbacks: each job on the thread's stack can end
/// only after the awaited one, or any of several. Waits that have only each other to wait for would
/// never return. Of these one inside a callback is told (TP_EDEADLK), else the one that closed the
/// cycle; never one that must not return, because its job uses the caller's memory.
/// Registers for its scope; free of cost on threads that run nothing.
/// After the OR model of Chandy, Misra and Haas, Distributed Deadlock Detection (1983).
class Wait {
 public:
  /// What may come of a cycle: checked waits return; those that must not may only make others
  /// return; a stream's next needs one value and not the end of its job, so it makes no edge.
  enum Kind : std::uint8_t { checked, must_not_return, unchecked };
  /// For a job, or any of several; the array stays there meanwhile.
  Wait(Job* const* awaited, std::size_t count, Kind kind) noexcept;
  ~Wait();
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  bool closes_cycle() const noexcept { return victim_.load(); }

 private:
  static Wait* first_;

  void find_cycle() noexcept;
  bool is_stuck() const noexcept;
  void find_victim(Wait*& victim) noexcept;
  bool may_end() const noexcept;
  int rank() const noexcept;
  bool on_stack(const Job* job) const noexcept;
  bool in_callback() const noexcept;

  Frame* const frames_;
  Job* const* const awaited_;
  const std::size_t count_;
  const bool may_return_;
  Parker& parker_;
  Wait* prev_ = nullptr;
  Wait* next_ = nullptr;
  bool is_out_ = false;  // of the search: it may return, or has been seen
  std::atomic<bool> victim_{false};
};

/// While a callback blocks, tells its lane which thread to give further callbacks to.
class BlockedCallback {
 public:
  explicit BlockedCallback(Parker& parker) noexcept;
  ~BlockedCallback();
  BlockedCallback(const BlockedCallback&) = delete;
  BlockedCallback& operator=(const BlockedCallback&) = delete;

 private:
  Owner* owner_ = nullptr;
  Parker* outer_ = nullptr;
};

/// The pool whose callback runs innermost on this thread; nullptr when none does.
Owner* callback_owner() noexcept;

}  // namespace tp::core
