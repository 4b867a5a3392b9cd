// SPDX-License-Identifier: MIT
// Stage 5: waiting for the jobs of a group; from capi/group, to result/group.
#include "worker/group_wait.h"

#include "wait/wait.h"
#include "worker/pool.h"

namespace tp::core {
namespace {

/// One wait. The thread is in the list of those that wait for the pool, because it does what they do: it runs callbacks
/// and ends of jobs that no other thread may come to run.
class GroupWait {
 public:
  explicit GroupWait(Group& group) noexcept
      : group_(group),
        pool_(static_cast<Pool&>(group.pool())),
        is_worker_(this_thread.pool == &pool_) {
    group_.count_waiter(1);
  }
  ~GroupWait() { group_.count_waiter(UINT32_MAX); }
  GroupWait(const GroupWait&) = delete;
  GroupWait& operator=(const GroupWait&) = delete;

  int run(Deadline deadline) {
    const auto lifting = lifted(pool_, !deadline.is_poll() && !group_.is_idle());
    for (;;) {
      const Result helped = help(deadline);
      if (group_.is_idle()) return TP_OK;
      if (helped == no_stack) return TP_EDEADLK;
      if (deadline.passed()) return TP_ETIMEDOUT;
      if (helped == ran || run_due()) continue;
      const int status = block(deadline);
      if (group_.is_idle()) return TP_OK;
      if (status == TP_EDEADLK) return status;
    }
  }

 private:
  enum Result { nothing, ran, no_stack };

  Result help(Deadline deadline) {
    Job* const job = group_.claimable_here();
    if (!job) return help_lead(deadline);
    const Reference own(*job);
    if (!has_stack()) return no_stack;
    job->watch_deadline();
    return job->help(deadline) ? ran : nothing;
  }

  /// Runs something of what the first job depends on that waits for others.
  Result help_lead(Deadline deadline) {
    Job* const lead = group_.first_lead();
    if (!lead) return nothing;
    const Reference own(*lead);
    if (!may_help(*lead) || !core::can_help(*lead)) return nothing;
    return core::help(*lead, deadline) == TP_OK ? ran : no_stack;
  }
  bool can_help_lead() noexcept {
    Job* const lead = group_.first_lead();
    if (!lead) return false;
    const Reference own(*lead);
    return may_help(*lead) && core::can_help(*lead);
  }

  bool has_due() const noexcept { return !is_worker_ && pool_.has_due_outside(); }
  bool run_due() { return !is_worker_ && pool_.run_due_outside(); }

  bool can_help() noexcept {
    Job* const job = group_.claimable_here();
    if (job) job->unref();
    return job || can_help_lead();
  }

  int block(Deadline deadline) {
    pool_.timer().fire_unwatched();
    const Deadline until = pool_.timer().rest_until(deadline);
    const auto told = [&] {
      return group_.is_idle() || can_help() || has_due() ||
             pool_.timer().rest_until(until).ns() < until.ns();
    };
    return wait_for_pool(pool_.idle(), {.pool = &pool_.blocked(), .group = &group_}, Wait::checked,
                         until, told);
  }

  Group& group_;
  Pool& pool_;
  const bool is_worker_;
};

}  // namespace

int wait(Group& group, Deadline deadline) {
  if (callers_of(group)) return TP_EDEADLK;
  if (runs_taken_from(&group.pool()) && !deadline.is_poll())
    return group.is_idle() ? TP_OK : TP_EDEADLK;
  return GroupWait(group).run(deadline);
}

}  // namespace tp::core
