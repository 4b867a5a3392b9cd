// SPDX-License-Identifier: MIT
// Stage 6: what threads that wait for a group, or for its jobs, ask it; from result/group, to result/pool_context.
#include "base/sync_point.h"
#include "result/group.h"
#include "result/pool_context.h"

namespace tp::core {

bool Group::is_idle() noexcept {
  Lock lock(ring().mutex_);
  return here_ == 0;
}

std::size_t Group::callers() const noexcept {
  std::size_t count = 0;
  const Job* last = nullptr;
  for (const CallScope* scope = CallScope::current(); scope; scope = scope->outer()) {
    if (!scope->job() || scope->job() == last || scope->job()->group() != this) continue;
    last = scope->job();
    ++count;
  }
  return count;
}

/// Takes a reference of the job in found if the calling thread may and can run something of it.
static bool find_claimable(Job& job, Job*& found) noexcept {
  if (!job.helpable() || !job.claimable_here()) return false;
  (found = &job)->ref();
  return true;
}

Job* Group::claimable_here() noexcept {
  Job* found = nullptr;
  each_going_on([&](Job& job) { return find_claimable(job, found); });
  return found;
}

Job* Group::claimable_before(const Job& job) noexcept {
  if (!holds_back(job)) return nullptr;
  Job* found = nullptr;
  each_before_next([&](Job& before) { return find_claimable(before, found); });
  return found;
}

bool Group::holds_back(const Job& job) noexcept {
  Lock lock(ring().mutex_);
  const Member& member = *job.member();
  return most_running_ && member.state.load() == Member::in_line && &member != next_;
}

/// With a reference; nullptr when there is none.
Job* Group::first_startable() noexcept {
  Lock lock(ring().mutex_);
  for (const Priority priority : {Priority::urgent, Priority::normal, Priority::background}) {
    Member* const member = startable(priority);
    if (!member) continue;
    member->job->ref();
    return member->job;
  }
  return nullptr;
}

Job* Group::first_lead() noexcept {
  Lock lock(ring().mutex_);
  Member* member = leads_ ? members_.first() : nullptr;
  while (member && !member->is_lead) member = member->next;
  if (!member) return nullptr;
  member->job->ref();
  return member->job;
}

bool Group::has_space() noexcept {
  Lock lock(ring().mutex_);
  return taken_ < most_pending_;
}

std::size_t Group::pending() noexcept {
  Lock lock(ring().mutex_);
  return taken_;
}

}  // namespace tp::core
