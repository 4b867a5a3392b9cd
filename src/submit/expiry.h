// SPDX-License-Identifier: MIT
// Stage 3: the deadline of a job on its way into a pool; from submit/enter, to worker/pool.
#pragma once

#include <new>

#include "base/slab.h"
#include "worker/pool.h"

namespace tp::core {

/// Holds room in the pool's timer for a job with a deadline, from before it may be refused until it is
/// about to be queued. Nothing for a job without.
class Expiry {
 public:
  Expiry(Pool& pool, Job& job, double seconds) noexcept : pool_(pool) {
    if (seconds > 0) status_ = reserve(job, Deadline::in(seconds));
  }
  ~Expiry() {
    if (timing_) pool_.timer().give_back();
  }
  Expiry(const Expiry&) = delete;
  Expiry& operator=(const Expiry&) = delete;

  /// TP_OK, TP_EAGAIN or TP_ENOMEM.
  int status() const noexcept { return status_; }
  Deadline deadline() const noexcept { return timing_ ? timing_->at : Deadline::never(); }
  /// From here on the job may end at any time.
  void begin() noexcept {
    if (timing_) pool_.timer().add(*std::exchange(timing_, nullptr));
  }

 private:
  int reserve(Job& job, Deadline at) noexcept {
    if (at.is_never()) return TP_OK;
    void* const memory = slab_alloc(sizeof(Timing));
    if (!memory) return TP_ENOMEM;
    job.extras().timing = new (memory) Timing{&job, at, pool_.is_hosted()};  // goes with the job
    const int status = pool_.timer().reserve();
    if (status == TP_OK) timing_ = job.extras().timing;
    return status;
  }

  Pool& pool_;
  Timing* timing_ = nullptr;
  int status_ = TP_OK;
};

}  // namespace tp::core
