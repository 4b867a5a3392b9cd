// SPDX-License-Identifier: MIT
// Stage 6: what a job does when its time, or its source, has come; from worker/timer, to result/job.
#include "base/sync_point.h"
#include "result/group.h"
#include "result/job.h"

namespace tp::core {

/// A job that is not over by its deadline has failed, however its items have ended.
void Job::fail_late() {
  const bool late = job_deadline()->at.passed();
  if (late) stop(TP_ETIMEDOUT);
  if ((!late && stop_status() != TP_ETIMEDOUT) || outcome() == TP_ETIMEDOUT) return;
  lend_error();  // so that the replaced error stays, because dropping it may run user code
  put_error(Error::make(TP_ETIMEDOUT, 0, 0, {}), true);
}

void Job::let_start(Hold reason) {
  const std::uint8_t before = extras_->holds.fetch_and(static_cast<std::uint8_t>(~reason));
  if ((before & ~in_group) != reason) return;
  if (Group* const mine = group()) return mine->line_up(*this);
  pool_->open(*this);
  sync_point("job.let_start");
  pool_->unblock(*this);
}

/// In a pool without threads.
void Job::look_at_times() {
  if (is_held(for_time) && job_start() && job_start()->at.passed() && pin()) {
    const ScopeExit unpin([this] { over(1); });
    let_start(for_time);
  }
  if (job_deadline() && job_deadline()->at.passed()) cancel(TP_ETIMEDOUT);
}

Deadline Job::unwatched_deadline() const noexcept {
  Deadline until = Deadline::never();
  if (!is_unattended() || stopping() || !remaining()) return until;
  if (job_deadline()) until = job_deadline()->at;
  return is_held(for_time) && job_start() ? Deadline::earlier(until, job_start()->at) : until;
}

}  // namespace tp::core
