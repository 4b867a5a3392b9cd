// SPDX-License-Identifier: MIT
// Stage 7: which blocked threads hold up which jobs; from wait/waits, to wait/deadlock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"

namespace tp::core {

class Frame;
class GraphLock;
class Job;
class PoolContext;
class Wait;
class WaitGraph;

/// What the graph knows of one pool: its blocked workers. A member of the pool. The graph's mutex guards all but the
/// graph itself and workers_.
class PoolWaits {
 public:
  explicit PoolWaits(const PoolContext& owner) noexcept;
  PoolWaits(const PoolWaits&) = delete;
  PoolWaits& operator=(const PoolWaits&) = delete;
  ~PoolWaits();

  /// False when there was no memory for the graph.
  bool ok() const noexcept { return graph_ != nullptr; }
  WaitGraph& graph() const noexcept { return *graph_; }
  /// Sets how many workers the pool should have. If there were more, looks again.
  void set_workers(std::size_t count) noexcept;
  /// A worker is gone: looks whether the blocked ones can still go on.
  void look_again() noexcept;
  /// Whether no worker is left that could start something. present: expects no further threads of the program in a
  /// pool without threads.
  bool all_blocked(bool present) const noexcept;
  /// Where the pool counts the threads that are or will be its workers, and whether they are the program's: such a
  /// thread is never surplus. REQUIRES: no thread has waited yet.
  void set_threads(const std::atomic<std::size_t>& count, bool are_hosts) noexcept {
    threads_ = &count;
    are_hosts_ = are_hosts;
  }
  /// Whether no worker is left that could end something. REQUIRES: the pool exists.
  bool all_threads_blocked() const noexcept {
    return !threads_ || blocked_count_ >= threads_->load();
  }

  const PoolContext* owner() const noexcept { return owner_; }
  Wait* first_blocked() const noexcept { return blocked_; }
  /// Whether a worker is surplus: it starts nothing any more.
  bool is_surplus(const Wait& worker) const noexcept;

 private:
  friend class WaitGraph;

  const PoolContext* const owner_;
  WaitGraph* const graph_;
  std::atomic<std::size_t> workers_{1};
  const std::atomic<std::size_t>* threads_ = nullptr;
  bool are_hosts_ = false;
  Wait* blocked_ = nullptr;  // by Wait::next_of_pool
  std::size_t blocked_count_ = 0;
  PoolWaits* next_ = nullptr;  // of the graph's pools
};

/// The blocked threads of one pool, or of several: a wait that leads from one pool to another makes one graph of two,
/// for good. Pools that share nothing share no lock. A hash table leads from a job to the frames of the threads that
/// hold it up, so the cost of a wait does not grow with the number of other waits.
/// Counted: by each pool that made it, each graph that was merged into it, and each wait in it.
class WaitGraph {
 public:
  /// With one reference; nullptr without memory.
  static WaitGraph* make() noexcept;
  void retain() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }  // the caller has one
  void release() noexcept;
  /// Whether a parent process made it: its mutex may be locked for ever.
  bool is_inherited() const noexcept;

  // -- REQUIRES: a GraphLock has locked it -------------------------------------------------------
  void add(Wait& wait) noexcept;
  void remove(Wait& wait) noexcept;
  /// What the graph knows of the pool, which may be gone; nullptr when it knows nothing.
  const PoolWaits* find(const PoolContext* owner) const noexcept;
  /// The first frame of a blocked thread that runs something of the job, and the next frame.
  Frame* holder(const Job* job) const noexcept;
  static Frame* next_holder(const Frame& frame) noexcept;
  Wait* first() const noexcept { return waits_; }
  /// A number that no search of this graph had before.
  std::uint64_t next_search() noexcept { return ++searches_; }

 private:
  friend class GraphLock;
  friend class PoolWaits;
  static constexpr std::size_t kBuckets = 256;

  WaitGraph() noexcept;
  ~WaitGraph() = default;
  WaitGraph* root() noexcept;
  void lock() noexcept TP_TSA(no_thread_safety_analysis) { mutex_.lock(); }
  void unlock() noexcept TP_TSA(no_thread_safety_analysis) { mutex_.unlock(); }
  bool is_root() const noexcept { return merged_into_.load() == nullptr; }
  void take_over(WaitGraph& other) noexcept;
  void list(Wait& wait) noexcept;
  void hold(Wait& wait) noexcept;
  static void unhold(Wait& wait) noexcept;
  void add_pool(PoolWaits& pool) noexcept;
  void remove_pool(PoolWaits& pool) noexcept;
  Frame*& bucket(const Job* job) noexcept;

  std::atomic<std::uint32_t> refs_{1};
  const std::uint32_t forks_;                     // the fork generation of the process that made it
  std::atomic<WaitGraph*> merged_into_{nullptr};  // set once, under the mutex
  Mutex mutex_;
  std::size_t size_ = 0;  // pools and waits
  Wait* waits_ = nullptr;
  PoolWaits* pools_ = nullptr;
  std::uint64_t searches_ = 0;
  Frame* holders_[kBuckets] = {};
};

/// Holds a graph's mutex for a scope. If the graph was merged into another one, that is the mutex of the other.
class GraphLock {
 public:
  /// REQUIRES: the caller has a reference.
  explicit GraphLock(WaitGraph& graph) noexcept;
  ~GraphLock();
  GraphLock(const GraphLock&) = delete;
  GraphLock& operator=(const GraphLock&) = delete;

  /// Makes one graph of both. May unlock the mutex for a moment.
  void join(WaitGraph& other) noexcept;
  WaitGraph& graph() noexcept { return *graph_; }

 private:
  WaitGraph* graph_;
};

/// Looks whether a wait that has just begun can end. If it can't, there are two cases:
/// - A stuck worker depends, through whatever pools, on an unstarted item of its own pool: it is woken to run the item.
/// - Otherwise stuck waits return TP_EDEADLK, one by one until the new one can end: waits inside a callback first, then
///   the new one, then others. A wait that must not return never does, because its job uses the caller's memory.
/// REQUIRES: the graph is locked, and the wait is in it. Defined in wait/deadlock.cpp.
void resolve(WaitGraph& graph, Wait& newest) noexcept;

}  // namespace tp::core
