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
  hold_back(job, priority, Job::for_time);
  return reserve_timer(job.extras().job_start, job_start_, job, Deadline::in(seconds), true);
}

int Admission::reserve_place(Job& job, Priority priority, tp_group_t* group) noexcept {
  void* const memory = slab_alloc(sizeof(Member));
  if (!memory) return TP_ENOMEM;
  group_ = to_group(group);
  group_->retain();
  job.extras().member = new (memory) Member{&job, group_};
  hold_back(job, priority, Job::in_group);
  return TP_OK;
}

void Admission::hold_back(Job& job, Priority priority, Job::Hold reason) noexcept {
  held_ = &job;
  job.extras().holds.fetch_or(reason);
  job.extras().may_open = true;
  job.extras().priority = priority;
}

/// Leaves the job where a sweep finds it, until its group, its source or the timer starts it. The job keeps itself
/// until it is over, which it may be by now.
void Admission::hold() {
  const Reference queues(*held_);
  sync_point("admission.hold");
  const int status = hold_for_sweep(pool_, *held_);
  sync_point("admission.held");
  give_back();
  if (group_) held_->waits_outside_group() ? group_->join(*held_) : group_->line_up(*held_);
  producer_->count_inside(UINT64_MAX);
  if (status != TP_OK) held_->cancel(status);
}

void Admission::run_here() noexcept {
  if (group_) group_->start_here(*held_);
  give_back();
}

/// How long the call waits for room, unless a deadline comes first.
static Deadline patience_of(const tp_job_options_t& options) noexcept {
  if (options.flags & TP_JOB_TRY) return Deadline::in(0);
  if (options.submit_timeout > 0) return Deadline::in(options.submit_timeout);
  return options.flags & TP_JOB_CALLER_RUNS ? Deadline::in(0) : Deadline::never();
}

/// Takes room for one job in the group and in the pool. A thread of the pool, or inside its user code, never waits: the
/// room may come back only when that thread goes on. Nor does a job that follows from accepted work (TP_JOB_UNBOUNDED).
int Admission::take_rooms(const tp_job_options_t& options) {
  const bool waits = !(options.flags & TP_JOB_UNBOUNDED) && !CallScope::inside(&pool_);
  const Deadline patience = patience_of(options);
  // first, because who waits for the pool's room then holds up nobody but the group
  if (group_ && group_->room().is_bounded()) {
    const Awaited awaited{.pool = &pool_.blocked(), .group = group_, .is_for_room = true};
    const int status = take_room(group_->room(), awaited, waits, patience, options.flags);
    if (status != TP_OK) return status;
    has_group_room_ = true;
  }
  Room& room = pool_.room();
  if (!takes_room_ || !room.is_bounded()) return TP_OK;
  const Awaited awaited{.pool = &pool_.blocked(), .room = &room};
  const int status = take_room(room, awaited, waits && !runs_here_, patience, options.flags);
  has_room_ = status == TP_OK;
  return status;
}

/// in: the pool's Room, or the group's.
template <class RoomIn>
int Admission::take_room(RoomIn& in, const Awaited& awaited, bool waits, Deadline patience,
                         std::uint32_t flags) {
  bool took = false;
  const auto may_go = [&] {
    return (took = in.take()) || pool_.state() != State::running || pool_.cut_error();
  };
  const Deadline deadline = job_deadline_ ? job_deadline_->at : Deadline::never();
  int status = TP_OK;
  if (waits)
    status = wait_for_pool(pool_.room().waiters(), awaited, Wait::checked,
                           Deadline::earlier(patience, deadline), may_go);
  if (status == TP_ETIMEDOUT && patience.ns() <= deadline.ns()) status = TP_EAGAIN;
  const bool may_run = (flags & TP_JOB_CALLER_RUNS) && !Followers::lack_stack();
  if (status != TP_OK && status != TP_ETIMEDOUT && may_run) be_runner();
  if (status != TP_OK && !runs_here_) return status;
  sync_point("admission.room");
  if (!took) in.take_anyway();  // or admit will refuse the job
  return TP_OK;
}

void Admission::be_runner() noexcept {
  runs_here_ = true;
  if (job_deadline_)
    job_deadline_->unattended = true;  // it is in no queue that the timer could cut
}

}  // namespace tp::core
