// SPDX-License-Identifier: MIT
// Stage 6: the strand in which a pool's callbacks run, one at a time; from result/job, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/mutex.h"
#include "base/parker.h"
#include "base/self_pipe.h"
#include "tpool/result.h"

namespace tp::core {

class Job;
class PoolContext;

/// What the user wants to be called when a job has succeeded or failed.
struct Callbacks {
  void (*success)(void* user, tp_result_t* result) = nullptr;
  void (*failure)(void* user, tp_result_t* result) = nullptr;
  void* user = nullptr;

  bool any() const noexcept { return success || failure; }
};

/// A queue of jobs whose callback is due, in the order in which they ended. A thread that finds the strand
/// free runs it until it is empty. A thread that leaves the strand earlier tells all threads that may go
/// on: those that wait for one of the jobs, workers, and, if the strand is manual, those that wait for the
/// pool. A thread inside a task runs the strand only until its own job's callback has run, so that no
/// unrelated callback runs on the stack of a task that waits. A callback that waits runs further
/// callbacks on its own stack: a task that it waits for may need one of them.
/// Workers never run a manual strand. Other threads run it when they ask for it or wait, and a self-pipe
/// tells the program that something is due. Thread-safe.
class CallbackStrand {
 public:
  /// REQUIRES: no job has been delivered.
  void make_manual() noexcept { manual_.store(true); }
  bool is_manual() const noexcept { return manual_.load(); }
  /// From now on workers run what is due, because no other thread will.
  void make_automatic() noexcept;
  /// The self-pipe's descriptor; -1 when the system has none left.
  int fd() noexcept;

  /// Queues the job, whose values are final, and runs the strand if it is free.
  void deliver(Job& job);
  /// Whether callbacks wait for a worker, or, in a manual strand, for another thread.
  bool due() const noexcept { return due_.load() && !is_manual(); }
  bool due_outside() const noexcept { return due_.load() && is_manual(); }
  /// Runs what is due, if the strand is free. Ends after the callback of `until`, if that is given.
  /// Returns how many callbacks it ran.
  std::size_t run_due(PoolContext& pool, Job* until = nullptr);
  /// Runs the next callback; false when there is none. REQUIRES: the calling thread is inside a
  /// callback of this strand.
  bool run_nested();
  bool has_next() noexcept;
  /// Lets other threads run the strand, if the calling thread runs it.
  void leave(PoolContext& pool) noexcept;
  /// The strand unparks this parker when a callback comes due: its thread is blocked inside a callback.
  /// Returns the parker that was set before, for the caller to restore.
  Parker* set_blocked(Parker* parker) noexcept;

 private:
  std::size_t run(PoolContext& pool, Job* until);
  void tell_waiters() noexcept TP_REQUIRES(mutex_);
  Job* next() noexcept;
  Job* pop() noexcept TP_REQUIRES(mutex_);
  void set_runner(Parker* runner) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  Job* head_ TP_GUARDED_BY(mutex_) = nullptr;
  Job* tail_ TP_GUARDED_BY(mutex_) = nullptr;
  Parker* blocked_ TP_GUARDED_BY(mutex_) = nullptr;
  Parker* runner_ TP_GUARDED_BY(mutex_) = nullptr;  // of the thread that runs the strand
  std::atomic<bool> due_{false};                    // !runner_ && head_
  std::atomic<bool> manual_{false};
  SelfPipe self_pipe_ TP_GUARDED_BY(mutex_);
};

}  // namespace tp::core
