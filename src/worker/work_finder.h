// SPDX-License-Identifier: MIT
// Stage 5: where workers look for work, and who wakes them for it; from submit/*, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "queue/producer.h"
#include "result/pool_context.h"
#include "worker/open_jobs.h"
#include "worker/sleep.h"
#include "worker/worker_table.h"

namespace tp::core {

/// Where the threads of one pool find work. A worker looks first at deferred jobs and due callbacks, then at what
/// it has claimed itself, in turns at the submit queues of the producers and the open jobs, and last at what others
/// have claimed. src/README.md describes priorities. Thread-safe.
class WorkFinder {
 public:
  WorkFinder(PoolContext& pool, const WorkerTable& table) noexcept;
  ~WorkFinder();

  /// The calling thread's producer; nullptr without memory.
  Producer* producer() noexcept {
    if (shared_producer_) return shared_producer_;
    Producer* const mine = find_producer(serial_);
    return mine ? mine : new_producer();
  }
  /// Its producer for jobs of the priority.
  Producer* producer(Priority priority) noexcept {
    return priority == Priority::normal ? producer() : priority_producer_or_new(priority);
  }
  /// Has all threads share one producer, for an exact order. False without memory.
  bool share_producer() noexcept { return (shared_producer_ = make_producer(true)) != nullptr; }
  // Events of the pool (result/pool_context.h).
  void open(Job& job);
  /// Whether a worker has to be woken for it.
  bool reopen(Job& job);
  bool take_back(Job& job) noexcept;
  void defer(Job& job) noexcept;

  /// Whether there is something to do; in a pause, something to end.
  bool has_work() noexcept;
  /// How many workers could start something now, as far as queued tasks say; SIZE_MAX when a job shares its items.
  std::size_t backlog() noexcept;
  /// Whether something was spawned that a worker may take, also in a pause.
  bool any_spawned() const noexcept;
  /// Whether a job of the priority waits for a worker.
  bool waits(Priority priority) const noexcept;
  /// How many queued tasks of a submit queue's backlog a worker claims; none in a pause.
  std::size_t share_of(std::size_t backlog) const noexcept {
    if (pool_.signs().is_paused()) return 0;
    const std::size_t workers = pool_.worker_count();  // read once: resize may change it
    return (backlog + workers - 1) / workers;
  }
  Producer* first_producer() const noexcept { return producers_.load(); }
  /// The producer that all threads share for jobs of a priority other than normal; nullptr before the first such job.
  Producer* priority_producer(Priority priority) const noexcept {
    return by_priority_[index_of(priority)].load();
  }
  OpenJobs& open_jobs() noexcept { return open_jobs_; }
  Sleep& sleep() noexcept { return sleep_; }

  /// Has an idle worker end the cancel of a job; false when no worker is idle.
  bool hand_over(Job& job) noexcept;
  /// Cuts everything unstarted with the pool's cut_status().
  void sweep();
  /// Cuts a queued task's job, or its small task.
  void cut(const QueuedTask& task, int status);
  /// Lifts the windows of all streams while a thread waits that may be their reader; counted in PoolContext::lifts.
  void lift() noexcept {
    pool_.lifts().fetch_add(
        1);  // a stream that is not among the open jobs yet reads this when it gets there
    sync_point("finder.lift");
    if (open_jobs_.open_streams()) sleep_.notify();
  }

 private:
  /// Whether a worker has claimed something that it has not started.
  bool any_claimed() const noexcept;
  Producer* new_producer() noexcept;
  Producer* make_producer(bool shared, Priority priority = Priority::normal) noexcept;
  Producer* priority_producer_or_new(Priority priority) noexcept;

  // what every submit reads and few threads write
  alignas(kCacheLine) const std::uint64_t serial_;
  Producer* shared_producer_ = nullptr;
  std::atomic<Producer*> producers_{nullptr};
  // written under making_; among producers_, too
  std::atomic<Producer*> by_priority_[kPriorities]{};
  PoolContext& pool_;
  const WorkerTable& table_;
  Mutex making_;
  OpenJobs open_jobs_;
  Sleep sleep_;
};

}  // namespace tp::core
