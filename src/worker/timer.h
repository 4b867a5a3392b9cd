// SPDX-License-Identifier: MIT
// Stage 5: cancels jobs whose deadline has passed, and opens jobs that may start now; from worker/pool, to result/job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/wait_list.h"
#include "result/job.h"
#include "worker/leavers.h"

namespace tp::core {

class Pool;

/// A heap of deadlines, and a thread that sleeps until the first one. The first job with a deadline starts the
/// thread; it ends with the pool; another one replaces it when a callback ends it.
/// The timer's thread has an idle worker cancel the jobs that are due, so that no callback delays other
/// deadlines. If all workers are busy, it cancels them itself, as a thread outside the pool; workers that become
/// idle then watch the deadlines. In a pool without threads the threads that serve or wait call fire(). A job that
/// may start now is opened to the workers, which runs no user code.
/// A job leaves the heap before it is ready, so the heap keeps neither jobs nor the pool. Thread-safe.
class Timer {
 public:
  Timer(Pool& pool, bool is_hosted) noexcept : pool_(pool), is_hosted_(is_hosted) {}
  ~Timer();

  /// Makes room, which add or give_back uses up, and has a thread watch: TP_OK, TP_EAGAIN or TP_ENOMEM.
  int reserve() noexcept;
  void give_back() noexcept {
    Lock lock(mutex_);
    --reserved_;
  }
  /// Either may be nullptr. They are added at once, because the job may be over as soon as one is there.
  void add(JobDeadline* job_deadline, JobDeadline* job_start) noexcept;
  void remove(JobDeadline& job_deadline) noexcept;

  /// The first deadline in the heap.
  Deadline next() const noexcept { return Deadline::at(next_.load()); }
  /// Cancels the jobs that are due.
  void fire() {
    while (next().passed() && fire_one()) {
    }
  }
  /// The same, in a pool without threads.
  void fire_unwatched() {
    if (is_hosted_) fire();
  }
  /// How long to sleep: until the deadline or, in a pool without threads, the first one in the heap.
  Deadline rest_until(Deadline deadline) const noexcept {
    return is_hosted_ ? Deadline::earlier(deadline, next()) : deadline;
  }
  /// Whether the timer's thread may be running user code. Then idle workers watch the deadlines.
  bool is_engaged() const noexcept { return engaged_.load(); }
  /// Ends and joins the timer's thread. REQUIRES: every job has ended.
  void stop() noexcept;

 private:
  static void* main(void* self);
  void watch();
  void lost() noexcept;
  bool replaced() noexcept;
  void leave() noexcept TP_REQUIRES(mutex_);
  int start() noexcept TP_REQUIRES(mutex_);
  bool set_room(std::size_t room) noexcept TP_REQUIRES(mutex_);
  bool fire_one();
  bool pass_on_one();
  JobDeadline* take_due() noexcept;
  void take(std::size_t place) noexcept TP_REQUIRES(mutex_);
  void put(std::size_t place, JobDeadline* job_deadline) noexcept TP_REQUIRES(mutex_);
  void sift(std::size_t place, JobDeadline* job_deadline) noexcept TP_REQUIRES(mutex_);

  Pool& pool_;
  const bool is_hosted_;
  std::atomic<std::uint64_t> next_{Deadline::never().ns()};  // written under mutex_
  std::atomic<bool> stops_{false};
  std::atomic<bool> engaged_{false};  // written by the timer's thread
  Mutex mutex_;
  JobDeadline** heap_ TP_GUARDED_BY(mutex_) = nullptr;
  std::size_t count_ TP_GUARDED_BY(mutex_) = 0;
  std::size_t reserved_ TP_GUARDED_BY(mutex_) = 0;
  std::size_t room_ TP_GUARDED_BY(mutex_) = 0;
  Parker* parker_ TP_GUARDED_BY(mutex_) = nullptr;  // of thread_, while it watches
  bool runs_ TP_GUARDED_BY(mutex_) = false;
  Started* thread_ TP_GUARDED_BY(mutex_) = nullptr;  // the one that watches, or was the last to
  WaitList left_;
};

}  // namespace tp::core
