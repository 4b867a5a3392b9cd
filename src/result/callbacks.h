// SPDX-License-Identifier: MIT
// Stage 6: the lane in which a pool's callbacks run, one at a time; from result/job, to the waiter.
#pragma once

#include <atomic>

#include "base/mutex.h"
#include "base/parker.h"

namespace tp::core {

class Job;
class Owner;

/// A queue of jobs whose callback is due, in the order in which they ended. Whoever finds the lane
/// free runs it until it is empty; inside a task only until its own job's callback has run, and what
/// is left is for a worker, so that no unrelated callback runs on the stack of a task that waits. A callback that waits has the lane's
/// further callbacks run on its own stack: else a task it waits for could wait for one of them.
/// Thread-safe.
class CallbackLane {
 public:
  /// Queues the job, whose values are final, and runs the lane if nobody does.
  void deliver(Job& job);
  /// Whether callbacks wait for a thread to run them.
  bool due() const noexcept { return due_.load(); }
  /// Runs what is due, if nobody does already; inside a task until the callback of one job has run.
  void run_due(Owner& owner, Job* until = nullptr);

  /// REQUIRES: the calling thread is inside a callback of this lane. Runs the next one; false when
  /// there is none.
  bool run_nested();
  bool has_next() noexcept;
  /// The parker of the thread that blocks inside a callback, to be told of further ones. Returns the
  /// one before, to be set again.
  Parker* set_blocked(Parker* parker) noexcept;

 private:
  void run(Owner& owner, Job* until);
  void leave(Owner& owner) noexcept;
  Job* pop() noexcept TP_REQUIRES(mutex_);
  void set_busy(bool busy) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  Job* head_ TP_GUARDED_BY(mutex_) = nullptr;
  Job* tail_ TP_GUARDED_BY(mutex_) = nullptr;
  Parker* blocked_ TP_GUARDED_BY(mutex_) = nullptr;
  bool busy_ TP_GUARDED_BY(mutex_) = false;
  std::atomic<bool> due_{false};  // !busy_ && head_
};

}  // namespace tp::core
