// SPDX-License-Identifier: MIT
// Stage 6: the lane in which a pool's callbacks run, one at a time; from result/job, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/beacon.h"
#include "base/mutex.h"
#include "base/parker.h"

namespace tp::core {

class Job;
class PoolContext;

/// A queue of jobs whose callback is due, in the order in which they ended. Whoever finds the lane
/// free runs it until it is empty; who leaves it before tells all who may go on: those who wait for
/// one of the jobs, workers, and, where it is manual, those who wait for the pool. It is run inside
/// a task only until its own job's callback has run, and what is left is for a worker, so that no
/// unrelated callback runs on the stack of a task that waits. A callback that waits has the lane's
/// further callbacks run on its own stack: else a task it waits for could wait for one of them.
/// A manual lane is run by those alone who ask for it or wait, outside of the workers; a beacon tells
/// when something is due.
/// Thread-safe.
class CallbackLane {
 public:
  /// Before the first job.
  void make_manual() noexcept { manual_.store(true); }
  bool is_manual() const noexcept { return manual_.load(); }
  /// Workers run what is due from now on: nobody else will.
  void make_automatic() noexcept;
  /// The beacon's descriptor; -1 when the system has none left.
  int fd() noexcept;

  /// Queues the job, whose values are final, and runs the lane if nobody does.
  void deliver(Job& job);
  /// Whether callbacks wait for a worker to run them, or, where that is manual, for somebody else.
  bool due() const noexcept { return due_.load() && !is_manual(); }
  bool due_outside() const noexcept { return due_.load() && is_manual(); }
  /// Runs what is due, if nobody does already; until the callback of one job has run, if that is
  /// given. Returns how many.
  std::size_t run_due(PoolContext& owner, Job* until = nullptr);

  /// REQUIRES: the calling thread is inside a callback of this lane. Runs the next one; false when
  /// there is none.
  bool run_nested();
  /// Whether there is one.
  bool has_next() noexcept;
  /// Lets others run the lane, if the calling thread does and is in no callback: it is about to call
  /// what may wait for them.
  void step_out(PoolContext& owner) noexcept;
  /// The parker of the thread that blocks inside a callback, to be told of further ones. Returns the
  /// one before, to be set again.
  Parker* set_blocked(Parker* parker) noexcept;

 private:
  std::size_t run(PoolContext& owner, Job* until);
  void leave(PoolContext& owner) noexcept;
  void tell_waiters() noexcept TP_REQUIRES(mutex_);
  void tell(Job& job) noexcept TP_REQUIRES(mutex_);
  Job* next() noexcept;
  Job* pop() noexcept TP_REQUIRES(mutex_);
  void set_runner(Parker* runner) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  Job* head_ TP_GUARDED_BY(mutex_) = nullptr;
  Job* tail_ TP_GUARDED_BY(mutex_) = nullptr;
  Parker* blocked_ TP_GUARDED_BY(mutex_) = nullptr;
  Parker* runner_ TP_GUARDED_BY(mutex_) = nullptr;  // of the thread that runs the lane
  std::atomic<bool> due_{false};                    // !runner_ && head_
  std::atomic<bool> manual_{false};
  Beacon beacon_ TP_GUARDED_BY(mutex_);
};

}  // namespace tp::core
