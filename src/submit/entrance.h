// SPDX-License-Identifier: MIT
// Stage 3: one submit call on its way into a pool; from submit/enter, to queue/inlet.
#pragma once

#include <utility>

#include "base/noise.h"
#include "worker/pool.h"

namespace tp::core {

/// Holds what an accepted job needs (room in the calling thread's lane, and in the timer if there is a deadline) from
/// before the pool may refuse the job until the job is queued. So an accepted job cannot fail.
/// Recipe: Entrance e(pool, level); if (e.enter(…) == TP_OK) e.push(entry).
class Entrance {
 public:
  /// Reserves room in the lane for a job of the level.
  Entrance(Pool& pool, Level level) noexcept : pool_(pool), inlet_(pool.finder().inlet(level)) {
    holds_ = inlet_ && inlet_->exclusively([&] { return inlet_->lane.reserve(); });
    if (!holds_) status_ = TP_ENOMEM;
  }
  /// The same for a job that has to be over in so many seconds; 0 = no deadline.
  Entrance(Pool& pool, Level level, Job& job, double seconds) noexcept : Entrance(pool, level) {
    if (seconds > 0 && holds_) status_ = reserve_timer(job, Deadline::in(seconds));
  }
  ~Entrance() {
    if (timing_) pool_.timer().give_back();
    if (holds_) inlet_->exclusively([&] { inlet_->lane.cancel(); });
  }
  Entrance(const Entrance&) = delete;
  Entrance& operator=(const Entrance&) = delete;

  /// All steps at once, for one item of the normal level that needs nothing between them.
  /// REQUIRES: the pool has no bound on jobs.
  [[gnu::always_inline]] static int pass(Pool& pool, const Entry& entry) {
    Inlet* const inlet = pool.finder().inlet();
    if (!inlet) return TP_ENOMEM;
    // GCC would not inline this by itself, and this is the quickest call of all
    const int status = inlet->exclusively([&]() __attribute__((always_inline)) {
      if (!inlet->lane.reserve()) return int{TP_ENOMEM};
      const int admitted = pool.admit(*inlet, 1);
      noise("entrance.admitted");
      if (admitted == TP_OK)
        inlet->lane.push(entry);
      else
        inlet->lane.cancel();
      return admitted;
    });
    noise("entrance.passed");
    if (status == TP_OK) announce(pool);
    return status;
  }

  /// Counts a job with so many items as accepted. TP_OK, TP_ENOMEM, TP_ECLOSED, TP_EINIT; TP_EAGAIN when the timer has
  /// no thread, or the pool has no room and flags has TP_JOB_TRY; TP_ETIMEDOUT when it had no room until the deadline.
  int enter(std::size_t items, std::uint32_t flags) {
    if (status_ != TP_OK) return status_;
    if (pool_.room().is_bounded())
      if (const int status = wait_for_room(flags); status != TP_OK) return status;
    const int status = inlet_->exclusively([&] { return pool_.admit(*inlet_, items); });
    if (status != TP_OK) pool_.room().give_back();
    return status;
  }

  /// Queues the job, which may end at any time from now on. Returns whether this woke a worker.
  bool push(const Entry& entry) {
    if (timing_) pool_.timer().add(*std::exchange(timing_, nullptr));
    noise("entrance.push");
    inlet_->exclusively([&] { inlet_->lane.push(entry); });
    holds_ = false;
    noise("entrance.pushed");
    return announce(pool_);
  }

 private:
  int reserve_timer(Job& job, Deadline at) noexcept;
  int wait_for_room(std::uint32_t flags);
  [[gnu::always_inline]] static bool announce(Pool& pool) {
    WorkFinder& finder = pool.finder();
    if (pool.is_hosted() && pool.cut_status() != TP_OK && !pool.signs().is_sweeping())
      finder.sweep();                                             // no thread may come to do it
    return !pool.signs().is_paused() && finder.sleep().notify();  // resume settles
  }

  Pool& pool_;
  Inlet* const inlet_;
  Timing* timing_ = nullptr;  // with room in the timer
  int status_ = TP_OK;
  bool holds_ = false;  // room in the lane
};

}  // namespace tp::core
