// SPDX-License-Identifier: MIT
// Stage 5: which idle workers join a team; from worker/workers, to queue/team_job.
#include <algorithm>

#include "base/scope_guards.h"
#include "base/sync_point.h"
#include "base/thread.h"
#include "queue/team_job.h"
#include "worker/worker.h"

namespace tp::core {

/// How long a team waits for workers that run nothing and are about to sleep. On a busy machine that may take a while.
static constexpr double kMoment = 0.25;

/// One team gathers at a time, so that no two have a half of each other's workers.
bool Workers::gather(TeamJob& team, std::size_t count, std::size_t& idle) noexcept {
  const KeptErrno errno_stays;
  const Uncancelled whole;
  const Deadline deadline = Deadline::in(kMoment);
  const auto may_become_idle = [&] {
    const std::size_t all = pool_.is_hosted() ? alive_.load() : pool_.worker_count();
    return pool_.totals().busy() + count <= all;
  };
  for (;;) {
    Lock one_at_a_time(resizing_);
    const bool is_whole = try_gather(team, count, idle);
    one_at_a_time.unlock();
    if (is_whole || idle >= count) return is_whole;
    if (!may_become_idle() || deadline.passed()) return false;
    nap(50'000);
  }
}

/// Workers that sleep join first, then such without a thread. False: fewer are idle; or the system refuses a thread.
bool Workers::try_gather(TeamJob& team, std::size_t count, std::size_t& idle) noexcept {
  Sleep& sleep = pool_.finder().sleep();
  Lock lock(outside_);
  const std::size_t least = count - std::min(count, absent_);
  idle = sleep.count() + absent_;
  if (idle < count) return false;
  for (std::size_t i = 0; i < count; ++i) team.ref();  // of each member
  sync_point("workers.gather");
  const std::size_t taken = sleep.take(team, least, count);
  const bool are_enough = taken >= least;
  idle = are_enough ? count : sleep.count() + absent_;  // some may have woken meanwhile
  const std::size_t missing = count - taken;
  if (are_enough) team.expect(missing);
  all_stay_ = true;
  lock.unlock();
  const std::size_t refused = are_enough ? start_members(team, missing) : count;
  for (std::size_t i = 0; i < refused; ++i) team.unref();
  lock.lock();
  all_stay_ = false;
  return refused == 0;
}

/// Starts so many threads for the team, which wait for the end of this. Returns how many the system refuses.
std::size_t Workers::start_members(TeamJob& team, std::size_t count) noexcept {
  for (; count; --count) {
    Lock lock(outside_);
    Worker& worker = take_absent();
    coming_ -= worker.is_coming;  // not for other work
    worker.is_coming = false;
    worker.set_team(&team);
    lock.unlock();
    if (start_absent(worker, false) == TP_OK) continue;
    worker.set_team(nullptr);
    break;
  }
  return count;
}

}  // namespace tp::core
