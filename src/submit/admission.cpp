// SPDX-License-Identifier: MIT
// Stage 3: what a submit call may have to wait for or to reserve; from submit/enter, to result/pool_context.
#include "submit/admission.h"

#include <new>

#include "base/slab.h"
#include "tpool/submit.h"
#include "wait/wait.h"

namespace tp::core {

int Admission::reserve_timer(Job& job, Deadline at) noexcept {
  if (at.is_never()) return TP_OK;
  void* const memory = slab_alloc(sizeof(JobDeadline));
  if (!memory) return TP_ENOMEM;
  // goes with the job
  job.extras().job_deadline = new (memory) JobDeadline{&job, at, pool_.is_hosted()};
  const int status = pool_.timer().reserve();
  if (status == TP_OK) job_deadline_ = job.extras().job_deadline;
  return status;
}

/// Takes room for one job. A thread of the pool, or inside its user code, never waits: the room may come back only when
/// that thread goes on. Nor does a job that follows from accepted work (TP_JOB_UNBOUNDED).
int Admission::wait_for_room(std::uint32_t flags) {
  Room& room = pool_.room();
  if ((flags & TP_JOB_UNBOUNDED) || CallScope::inside(&pool_)) {
    room.take_anyway();
    return TP_OK;
  }
  bool took = false;
  const auto may_go = [&] {
    return (took = room.take()) || pool_.state() != State::running || pool_.cut_error();
  };
  const bool try_only = flags & TP_JOB_TRY;
  const Deadline deadline = job_deadline_ ? job_deadline_->at : Deadline::never();
  const int status =
      wait_for_pool(room.waiters(), {.pool = &pool_.blocked(), .room = &room}, Wait::checked,
                    try_only ? Deadline::in(0) : deadline, may_go);
  if (status != TP_OK) return try_only ? TP_EAGAIN : status;
  sync_point("admission.room");
  if (!took) room.take_anyway();  // admit will refuse the job
  return TP_OK;
}

}  // namespace tp::core
