// SPDX-License-Identifier: MIT
// Stage 5: who ends the jobs of a pool whose deadline passes; from worker/pool, to result/job.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/waiters.h"
#include "result/job.h"
#include "worker/leavers.h"

namespace tp::core {

class Pool;

/// A heap of deadlines and a thread that sleeps until the first: started for the first job that has
/// one, ended with the pool, replaced when a callback ends it. It has a worker that has nothing to do
/// cancel the jobs that are due, so that no callback holds up the other deadlines; where all are busy
/// it does that itself, as a thread outside of the pool, and who has nothing to do any more watches
/// meanwhile. Where the pool has no threads nor has its timer: threads that serve or wait call
/// fire().
/// A job leaves the heap before it is ready: it keeps neither the job nor the pool. Thread-safe.
class Timer {
 public:
  Timer(Pool& pool, bool is_hosted) noexcept : pool_(pool), is_hosted_(is_hosted) {}
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Room for one more, and somebody to watch it: TP_OK, TP_EAGAIN or TP_ENOMEM.
  int reserve() noexcept;
  void give_back() noexcept;
  /// Takes the room.
  void add(Timing& timing) noexcept;
  void remove(Timing& timing) noexcept;

  /// When the next is due.
  Deadline next() const noexcept { return Deadline::at(next_.load()); }
  /// Ends the jobs that are due.
  void fire() {
    while (next().passed() && fire_one()) {
    }
  }
  /// The same, where no thread watches them.
  void fire_unwatched() {
    if (is_hosted_) fire();
  }
  /// Until when to sleep, at most until the deadline, where no thread watches those of jobs.
  Deadline rest_until(Deadline deadline) const noexcept {
    return is_hosted_ ? Deadline::earlier(deadline, next()) : deadline;
  }
  /// Whether its thread may be at user code: then workers that have nothing to do watch.
  bool is_engaged() const noexcept { return engaged_.load(); }
  /// Ends and joins the thread. REQUIRES: every job has ended.
  void stop() noexcept;

 private:
  static void* main(void* self);
  void watch();
  void lost() noexcept;
  bool replaced() noexcept;
  void leave() noexcept TP_REQUIRES(mutex_);
  int start() noexcept TP_REQUIRES(mutex_);
  bool grow() noexcept TP_REQUIRES(mutex_);
  void shrink() noexcept TP_REQUIRES(mutex_);
  bool fire_one();
  bool pass_on_one();
  Job* take_due() noexcept;
  void take(std::size_t place) noexcept TP_REQUIRES(mutex_);
  void put(std::size_t place, Timing* timing) noexcept TP_REQUIRES(mutex_);
  void sift_up(std::size_t place, Timing* timing) noexcept TP_REQUIRES(mutex_);
  void sift_down(std::size_t place, Timing* timing) noexcept TP_REQUIRES(mutex_);
  void update_next() noexcept TP_REQUIRES(mutex_);

  Pool& pool_;
  const bool is_hosted_;
  std::atomic<std::uint64_t> next_{Deadline::never().ns()};  // written under mutex_
  std::atomic<bool> stops_{false};
  std::atomic<bool> engaged_{false};  // written by its thread
  Mutex mutex_;
  Timing** heap_ TP_GUARDED_BY(mutex_) = nullptr;
  std::size_t count_ TP_GUARDED_BY(mutex_) = 0;
  std::size_t reserved_ TP_GUARDED_BY(mutex_) = 0;
  std::size_t room_ TP_GUARDED_BY(mutex_) = 0;
  Parker* parker_ TP_GUARDED_BY(mutex_) = nullptr;  // the thread's, while it watches
  bool runs_ TP_GUARDED_BY(mutex_) = false;
  Started* thread_ TP_GUARDED_BY(mutex_) = nullptr;  // that watches, or did last
  WaitList left_;
};

}  // namespace tp::core
