// SPDX-License-Identifier: MIT
// Stage 5: cancels all jobs of a pool; from worker/pool, to result/job.
#pragma once

#include "base/mutex.h"
#include "queue/queued_task.h"
#include "result/job.h"

namespace tp::core {

class Pool;

/// Cancels every job that a pool has accepted so far, in two steps. In the first one workers start nothing and no user
/// code runs: the thread that cancels takes what is queued, tells what has started to stop, and counts the cancel. A
/// thread that claims a task has read that count before, so it sees the cancel if the task was in no list. In the
/// second step the thread ends what it has taken. Other threads that need one of these jobs end it themselves, and
/// workers do while that thread waits (PoolContext::yield_sweep). Thread-safe.
class Canceller {
 public:
  explicit Canceller(Pool& pool) noexcept : pool_(pool) {}
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

  void cancel_all();
  /// Ends one of the jobs that were taken; false when there is none.
  bool end_one();

 private:
  void take_all() noexcept;
  void take_queued() noexcept;
  void take(const QueuedTask& task) noexcept;
  bool take(Job& job) noexcept;
  void end_all();
  Job* next() noexcept;

  Pool& pool_;
  Mutex one_at_a_time_;  // in the first step
  Mutex mutex_;
  // what was taken and is not ended, with a reference each
  Job* first_ TP_GUARDED_BY(mutex_) = nullptr;
  Job* last_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
