// SPDX-License-Identifier: MIT
// Stage 7: blocked waits, and which threads hold up which jobs; from wait/wait, to wait/deadlock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/fork.h"
#include "base/mutex.h"
#include "base/parker.h"
#include "result/call_scope.h"
#include "wait/dependencies.h"

namespace tp::core {

class GraphLock;
class Group;
class PoolWaits;
class Room;
class Spawned;
class WaitGraph;

/// What a thread waits for: any of several jobs; or all jobs of a pool or of a group, or any of the jobs that fill it;
/// or what it has spawned and another worker of the pool has taken.
struct Awaited {
  Job* const* jobs = nullptr;  // they exist until the wait is over
  std::size_t count = 0;
  const PoolWaits* pool = nullptr;
  const Room* room = nullptr;
  const Spawned* spawned = nullptr;
  Group* group = nullptr;    // of the pool
  bool is_for_room = false;  // of the group
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
  /// Of an awaited group the first job that may depend on others; nullptr when there is none.
  Job* lead() const noexcept { return lead_; }
  Kind kind() const noexcept { return kind_; }
  const PoolWaits* pool() const noexcept { return pool_; }
  std::size_t worker() const noexcept { return worker_; }
  Wait* next() const noexcept { return next_; }
  Wait* next_of_pool() const noexcept { return next_of_pool_; }
  /// The innermost call that its thread is in.
  const CallScope* scopes() const noexcept { return scopes_; }
  /// Whether its thread runs something of the pool.
  bool is_inside(const PoolContext* context) const noexcept;
  /// The same of a job of the group.
  bool is_inside(const Group* group) const noexcept;
  bool in_callback() const noexcept;
  /// Whether its thread can run something of the job. Then the thread is awake, or will be soon.
  bool may_help(Job& job) const noexcept;
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
  friend class PoolWaits;
  friend class WaitGraph;
  enum class Told : std::uint8_t { nothing, cycle, help };

  /// Whether its thread may hold up something.
  bool is_registered() const noexcept { return scopes_ || this_thread.pool; }
  WaitGraph* own_graph() const noexcept;
  WaitGraph* awaited_graph(std::size_t index) const noexcept;
  static WaitGraph* graph_of_unready(Job& job) noexcept;
  void join_scopes(GraphLock& lock) const noexcept;
  void join_dependencies(GraphLock& lock) const noexcept;
  bool help_itself() noexcept;
  bool help_with(Job& awaited) noexcept;
  bool depends_on(const Job& job) const noexcept;
  bool join_awaited(GraphLock& lock, std::size_t from) const noexcept;

  CallScope* const scopes_;
  const Awaited awaited_;
  Job* lead_;  // with a reference
  const KeptDependencies
      dependencies_;  // kept, so that no search frees one under the graph's mutex
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

/// What the graph knows of one pool: its blocked workers. A member of the pool. The graph's mutex guards all but the
/// graph itself and workers_.
class PoolWaits {
 public:
  explicit PoolWaits(const PoolContext& context) noexcept;
  PoolWaits(const PoolWaits&) = delete;
  PoolWaits& operator=(const PoolWaits&) = delete;
  ~PoolWaits();

  /// False when there was no memory for the graph.
  bool ok() const noexcept { return graph_ != nullptr; }
  WaitGraph& graph() const noexcept { return *graph_; }
  /// Sets how many workers the pool should have. If there were more, looks again.
  void set_workers(std::size_t count) noexcept {
    if (workers_.exchange(count) > count) look_again();
  }
  /// A worker is gone: looks whether the blocked ones can still go on.
  void look_again() noexcept;
  /// The job, which is new to the workers, may run: wakes a blocked one that depends on it, or looks again. It was
  /// published by a seq_cst operation.
  void let_run(Job& job) noexcept;
  /// The same for any job that may run now, and that a blocked worker depends on.
  void let_any_run() noexcept;
  /// Whether no worker is left that could start something. present: expects no further threads of the program in a
  /// pool without threads.
  bool all_blocked(bool present) const noexcept;
  /// Where the pool counts the threads that are or will be its workers, and whether they are the program's: such a
  /// thread is never surplus. REQUIRES: no thread has waited yet.
  void set_threads(const std::atomic<std::size_t>& count, bool are_hosts) noexcept {
    threads_ = &count;
    are_hosts_ = are_hosts;
  }
  /// Whether the system refuses threads to a pool that has fewer than it should: then nobody waits for one to come.
  void set_short(bool is_short) noexcept {
    if (is_short_.exchange(is_short) < is_short) look_again();
  }
  /// Whether no worker is left that could end something. REQUIRES: the pool exists.
  bool all_threads_blocked() const noexcept {
    return !threads_ || blocked_count_.load() >= threads_->load();
  }

  const PoolContext* context() const noexcept { return context_; }
  bool any_blocked() const noexcept { return blocked_count_.load() != 0; }
  Wait* first_blocked() const noexcept { return blocked_; }
  /// Whether a worker is surplus: it starts nothing any more.
  bool is_surplus(const Wait& worker) const noexcept {
    return !are_hosts_ && worker.worker() >= workers_.load();
  }

 private:
  friend class WaitGraph;

  const PoolContext* const context_;
  WaitGraph* const graph_;
  std::atomic<std::size_t> workers_{1};
  std::atomic<bool> is_short_{false};
  const std::atomic<std::size_t>* threads_ = nullptr;
  bool are_hosts_ = false;
  Wait* blocked_ = nullptr;                    // by Wait::next_of_pool
  std::atomic<std::size_t> blocked_count_{0};  // written under the graph's mutex
  PoolWaits* next_ = nullptr;                  // of the graph's pools
};

/// The blocked threads of one pool, or of several: a wait that leads from one pool to another makes one graph of two,
/// for good. Pools that share nothing share no lock. A hash table leads from a job to the call scopes of the threads
/// that hold it up, so the cost of a wait does not grow with the number of other waits.
/// Counted: by each pool that made it, each graph that was merged into it, and each wait in it. Starts with one.
class WaitGraph {
 public:
  void retain() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }  // the caller has one
  void release() noexcept;
  /// Whether a parent process made it: its mutex may be locked for ever.
  bool is_inherited() const noexcept { return forks_ != fork_generation(); }

  // -- REQUIRES: a GraphLock has locked it -------------------------------------------------------
  void add(Wait& wait) noexcept;
  void remove(Wait& wait) noexcept;
  /// What the graph knows of the pool, which may be gone; nullptr when it knows nothing.
  const PoolWaits* find(const PoolContext* context) const noexcept;
  /// The first call scope of a blocked thread that runs something of the job, and the next call scope.
  CallScope* holder(const Job* job) const noexcept;
  static CallScope* next_holder(const CallScope& scope) noexcept;
  Wait* first() const noexcept { return waits_; }
  /// A number that no search of this graph had before.
  std::uint64_t next_search() noexcept { return ++searches_; }

 private:
  friend class GraphLock;
  friend class PoolWaits;
  static constexpr std::size_t kBuckets = 256;

  WaitGraph() noexcept = default;
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
  CallScope*& bucket(const Job* job) noexcept;

  std::atomic<std::uint32_t> refs_{1};
  const std::uint32_t forks_ = fork_generation();  // of the process that made it
  std::atomic<WaitGraph*> merged_into_{nullptr};   // set once, under the mutex
  Mutex mutex_;
  std::size_t size_ = 0;  // pools and waits
  Wait* waits_ = nullptr;
  PoolWaits* pools_ = nullptr;
  std::uint64_t searches_ = 0;
  CallScope* holders_[kBuckets] = {};
};

/// Holds a graph's mutex for a scope. If the graph was merged into another one, that is the mutex of the other.
class GraphLock {
 public:
  /// REQUIRES: the caller has a reference.
  explicit GraphLock(WaitGraph& graph) noexcept;
  ~GraphLock() { graph_->unlock(); }
  GraphLock(const GraphLock&) = delete;
  GraphLock& operator=(const GraphLock&) = delete;

  /// Makes one graph of both. May unlock the mutex for a moment.
  void join(WaitGraph& other) noexcept;
  WaitGraph& graph() noexcept { return *graph_; }

 private:
  WaitGraph* graph_;
};

/// The pool whose callback runs innermost on this thread; nullptr when none does.
PoolContext* callback_pool() noexcept;

/// Looks whether a wait that has just begun can end. If it can't, there are two cases:
/// - A stuck worker depends, through whatever pools, on an unstarted item of its own pool: it is woken to run the item.
/// - Otherwise stuck waits return TP_EDEADLK, one by one until the new one can end: waits inside a callback first, then
///   the new one, then others. A wait that must not return never does, because its job uses the caller's memory.
/// REQUIRES: the graph is locked, and the wait is in it. Defined in wait/deadlock.cpp.
void resolve(WaitGraph& graph, Wait& newest) noexcept;

}  // namespace tp::core
