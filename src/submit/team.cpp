// SPDX-License-Identifier: MIT
// Stage 3: team calls; from submit/submit, to queue/team_job.
#include "queue/team_job.h"

#include "submit/enter.h"
#include "submit/inline_call.h"

namespace tp::core {
namespace {

/// Says why no team starts; error gets a reference to that.
int refuse_team(const Pool& pool, std::size_t others, std::size_t idle, Error*& error) noexcept {
  if (pool.signs().is_paused())
    refuse(TP_EAGAIN, "the pool is paused; a team starts when its workers may");
  else if (idle >= others)
    refuse(TP_EAGAIN, "the system refuses a thread for the team");
  else
    refuse(TP_EAGAIN, "the team needs %zu idle workers beside this thread; %zu are idle", others,
           idle);
  if ((error = last_error())) error->retain();
  return TP_EAGAIN;
}

/// Admits a team and has so many workers join it, who start when the calling thread arrives. Else frees it.
int gather(Pool& pool, TeamJob& team, std::size_t n, std::size_t others, Error*& error) {
  const tp_job_options_t options{};
  Admission admission(pool, Priority::normal);
  if (const int status = admission.enter(n, options, others != 0); status != TP_OK) {
    team.discard();
    return status;
  }
  team.extras().may_open = true;
  std::size_t idle = 0;
  if (others && (pool.signs().is_paused() || !pool.workers().gather(team, others, idle))) {
    team.give_up();
    admission.withdraw(n);
    team.unref();  // as in no queue; members may still look at it
    team.unref();
    team.unref();
    return refuse_team(pool, others, idle, error);
  }
  mark_submit(pool, &team, team.kind(), nullptr);
  order::release(&team);
  const int status = hold_for_sweep(pool, team);
  if (status != TP_OK) team.cut(status);
  return TP_OK;
}

}  // namespace

int team(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, Error*& error) {
  if (TeamJob::is_inside(pool)) return TP_EDEADLK;
  if (n == 0) return InlineCall(pool, 0, JobKind::team, nullptr).status();
  const bool takes_part = this_thread.pool == &pool || pool.caller_helps();
  if (lacks_stack(takes_part)) return TP_EDEADLK;
  TeamJob* const job = TeamJob::make(pool, fn, ctx, n, takes_part);
  if (!job) return TP_ENOMEM;
  if (const int status = gather(pool, *job, n, n - takes_part, error); status != TP_OK)
    return status;
  job->unref();  // of the queue
  const auto run = [&] {
    job->arrive();
    if (takes_part) job->take_first_part();
    wait_over(*job);
  };
  return take_outcome(*job, run, error);
}

}  // namespace tp::core
