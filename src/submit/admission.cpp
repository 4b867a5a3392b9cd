// SPDX-License-Identifier: MIT
// Stage 3: what a submit call may have to wait for or to reserve; from submit/enter, to result/pool_context.
#include "submit/admission.h"

#include <new>

#include "base/slab.h"
#include "wait/wait.h"

namespace tp::core {

/// mine: where the admission keeps it while it has room in the timer. It goes with the job.
int Admission::reserve_timer(JobDeadline*& of_job, JobDeadline*& mine, Job& job, Deadline at,
                             bool starts) noexcept {
  if (at.is_never()) return TP_OK;
  void* const memory = slab_alloc(sizeof(JobDeadline));
  if (!memory) return TP_ENOMEM;
  of_job = new (memory) JobDeadline{&job, at, pool_.is_hosted(), starts};
  const int status = pool_.timer().reserve();
  if (status == TP_OK) mine = of_job;
  return status;
}

int Admission::reserve_deadline(Job& job, double seconds) noexcept {
  return reserve_timer(job.extras().job_deadline, job_deadline_, job, Deadline::in(seconds), false);
}

int Admission::reserve_start(Job& job, Priority priority, double seconds) noexcept {
  held_ = &job;
  job.extras().holds.fetch_or(Job::for_time);
  job.extras().may_open = true;
  job.extras().priority = priority;
  return reserve_timer(job.extras().job_start, job_start_, job, Deadline::in(seconds), true);
}

/// Leaves the job where a sweep finds it, until the timer opens it. The job keeps itself until it is over, which it may
/// be by now.
void Admission::hold() {
  const Reference queues(*held_);
  sync_point("admission.hold");
  pool_.finder().open_jobs().hold(*held_);
  sync_point("admission.held");
  const int status = pool_.cut_status();  // a sweep that came before has missed it
  give_back();
  producer_->count_inside(UINT64_MAX);
  if (status != TP_OK) held_->cancel(status);
}

/// How long the call waits for room, unless a deadline comes first.
static Deadline patience_of(const tp_job_options_t& options) noexcept {
  if (options.flags & TP_JOB_TRY) return Deadline::in(0);
  if (options.submit_timeout > 0) return Deadline::in(options.submit_timeout);
  return options.flags & TP_JOB_CALLER_RUNS ? Deadline::in(0) : Deadline::never();
}

/// Takes room for one job. A thread of the pool, or inside its user code, never waits: the room may come back only when
/// that thread goes on. Nor does a job that follows from accepted work (TP_JOB_UNBOUNDED).
int Admission::wait_for_room(const tp_job_options_t& options) {
  Room& room = pool_.room();
  if ((options.flags & TP_JOB_UNBOUNDED) || CallScope::inside(&pool_)) {
    room.take_anyway();
    return TP_OK;
  }
  bool took = false;
  const auto may_go = [&] {
    return (took = room.take()) || pool_.state() != State::running || pool_.cut_error();
  };
  const Deadline deadline = job_deadline_ ? job_deadline_->at : Deadline::never();
  const Deadline patience = patience_of(options);
  int status = wait_for_pool(room.waiters(), {.pool = &pool_.blocked(), .room = &room},
                             Wait::checked, Deadline::earlier(patience, deadline), may_go);
  if (status == TP_ETIMEDOUT && patience.ns() <= deadline.ns()) status = TP_EAGAIN;
  runs_here_ = status != TP_OK && status != TP_ETIMEDOUT && (options.flags & TP_JOB_CALLER_RUNS);
  if (status != TP_OK && !runs_here_) return status;
  if (runs_here_ && job_deadline_)
    job_deadline_->unattended = true;  // it is in no queue that the timer could cut
  sync_point("admission.room");
  if (!took) room.take_anyway();  // admit will refuse the job
  return TP_OK;
}

}  // namespace tp::core
