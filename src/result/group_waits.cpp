// SPDX-License-Identifier: MIT
// Stage 6: what threads that wait for a group, or for its jobs, ask it; from result/group, to result/pool_context.
#include "base/sync_point.h"
#include "result/group.h"
#include "result/pool_context.h"

namespace tp::core {

bool Group::is_idle() noexcept {
  Lock lock(ring().mutex_);
  return lineup_.is_empty();
}

std::size_t callers_of(const Group& group) noexcept {
  std::size_t count = 0;
  const Job* last = nullptr;
  for (const CallScope* scope = CallScope::current(); scope; scope = scope->outer()) {
    if (!scope->job() || scope->job() == last || scope->job()->group() != &group) continue;
    last = scope->job();
    ++count;
  }
  return count;
}

/// Takes a reference of the job in found if the calling thread can run something of it.
static bool find_claimable(Job& job, Job*& found) noexcept {
  if (!job.claimable_here()) return false;
  (found = &job)->ref();
  return true;
}

Job* Group::claimable_here() noexcept {
  Job* found = nullptr;
  Lock lock(ring().mutex_);
  const auto find = [&](Job& job) { return find_claimable(job, found); };
  if (!lineup_.each_going_on(find)) each_left(find);
  return found;
}

Job* Group::claimable_before(const Job& job) noexcept {
  Job* found = nullptr;
  Lock lock(ring().mutex_);
  if (lineup_.holds_back(*job.member()))
    lineup_.each_before_next([&](Job& before) { return find_claimable(before, found); });
  return found;
}

bool Group::holds_back(const Job& job) noexcept {
  Lock lock(ring().mutex_);
  return lineup_.holds_back(*job.member());
}

/// The member's job, with a reference; nullptr for none.
static Job* job_of(Member* member) noexcept {
  if (!member) return nullptr;
  member->job->ref();
  return member->job;
}

Job* Group::first_startable() noexcept {
  Lock lock(ring().mutex_);
  return job_of(lineup_.first_startable());
}

Job* Group::first_lead() noexcept {
  Lock lock(ring().mutex_);
  return job_of(lineup_.first_lead());
}

}  // namespace tp::core
