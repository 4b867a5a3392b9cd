// SPDX-License-Identifier: MIT
// Stage 3: one submit call on its way into a pool; from submit/enter, to queue/inlet.
#pragma once

#include "base/noise.h"
#include "worker/pool.h"

namespace tp::core {

/// Holds room in the calling thread's lane from before a job may be refused until it is queued, so
/// that what was accepted cannot fail.
/// Recipe: Entrance e(pool, level); if (e.ok() && e.enter(…) == TP_OK) e.push(entry).
class Entrance {
 public:
  /// Reserves room in the lane for a job of the level.
  Entrance(Pool& pool, Level level) noexcept : pool_(pool), inlet_(pool.finder().inlet(level)) {
    if (inlet_ && !(holds_ = inlet_->exclusively([&] { return inlet_->lane.reserve(); })))
      inlet_ = nullptr;
  }
  ~Entrance() {
    if (holds_) inlet_->exclusively([&] { inlet_->lane.cancel(); });
  }
  Entrance(const Entrance&) = delete;
  Entrance& operator=(const Entrance&) = delete;

  /// All steps at once, for one item of the normal level that needs nothing between them.
  /// REQUIRES: no bound on jobs.
  [[gnu::always_inline]] static int pass(Pool& pool, const Entry& entry) {
    Inlet* const inlet = pool.finder().inlet();
    if (!inlet) return TP_ENOMEM;
    // inlined like the function: this is the quickest call of all, and GCC takes it for too much
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

  /// False without memory.
  bool ok() const noexcept { return inlet_ != nullptr; }

  /// Counts a job with so many items as accepted: TP_OK, TP_ECLOSED, TP_EINIT; TP_EAGAIN when there
  /// is no room and flags has TP_JOB_TRY, TP_ETIMEDOUT when there was none until the deadline.
  int enter(std::size_t items, std::uint32_t flags, Deadline deadline = Deadline::never()) {
    if (pool_.room().is_bounded())
      if (const int status = wait_for_room(flags, deadline); status != TP_OK) return status;
    const int status = inlet_->exclusively([&] { return pool_.admit(*inlet_, items); });
    if (status != TP_OK) pool_.room().give_back();
    return status;
  }

  /// Whether a worker had to be woken for it.
  bool push(const Entry& entry) {
    noise("entrance.push");
    inlet_->exclusively([&] { inlet_->lane.push(entry); });
    holds_ = false;
    noise("entrance.pushed");
    return announce(pool_);
  }

 private:
  int wait_for_room(std::uint32_t flags, Deadline deadline);
  [[gnu::always_inline]] static bool announce(Pool& pool) {
    WorkFinder& finder = pool.finder();
    if (pool.is_hosted() && pool.cut_status() != TP_OK && !pool.signs().is_sweeping())
      finder.sweep();                                             // nobody may come to do it
    return !pool.signs().is_paused() && finder.sleep().notify();  // resume settles
  }

  Pool& pool_;
  Inlet* inlet_;
  bool holds_ = false;
};

}  // namespace tp::core
