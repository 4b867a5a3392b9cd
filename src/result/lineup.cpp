// SPDX-License-Identifier: MIT
// Stage 6: which jobs of a group have started, and which may; from result/group, to result/member.
#include "result/lineup.h"

#include "base/order.h"

namespace tp::core {

/// No effect on a job that has come before, or is over by now.
void Lineup::enter(Member& member) noexcept {
  if (member.is_listed || member.state.load() == Member::over) return;
  ++here_;
  ++queued_;
  list(member);
}

/// Adds it, or moves it to the end.
void Lineup::list(Member& member) noexcept {
  members_.remove(member);
  member.round = round_;
  members_.push_back(member);
}

void Lineup::join(Member& member) noexcept {
  enter(member);
  member.is_lead = member.state.load() == Member::away && member.job->dependent();
  leads_ += member.is_lead;
}

static void release_hold(Member& member) noexcept {
  member.job->extras().holds.fetch_and(static_cast<std::uint8_t>(~Job::in_group));
}

bool Lineup::line_up(Member& member) noexcept {
  if (member.state.load() != Member::away) return false;
  enter(member);
  leads_ -= std::exchange(member.is_lead, false);
  line_of(member).push_back(member);
  member.state.store(Member::in_line);
  if (!most_running_) release_hold(member);
  choose();
  return true;
}

void Lineup::start_here(Member& member) noexcept {
  if (member.state.load() != Member::away) return;
  enter(member);
  release_hold(member);
  line_of(member).push_back(member);
  begin(member);
}

void Lineup::leave_line(Member& member) noexcept {
  line_of(member).remove(member);
  if (next_ == &member) next_ = nullptr;
}

/// Has the first job in line be the one that may start, if the group is not full. Whether that is a new one.
bool Lineup::choose() noexcept {
  if (!most_running_) return false;
  Member* first = nullptr;
  for (std::size_t i = 0; i < kPriorities && !first && !is_full(); ++i) first = lines_[i].first();
  if (first == next_) return false;
  if (next_) next_->job->extras().holds.fetch_or(Job::in_group);
  next_ = first;
  if (next_) release_hold(*next_);
  return next_ != nullptr;
}

Member* Lineup::startable(Priority priority) const noexcept {
  if (is_paused_.load()) return nullptr;
  if (most_running_) return next_ && priority_of(*next_) == priority ? next_ : nullptr;
  return lines_[index_of(priority)].first();
}

Member* Lineup::first_startable() const noexcept {
  Member* first = nullptr;
  for (std::size_t i = 0; i < kPriorities && !first; ++i) first = startable(kByUrgency[i]);
  return first;
}

bool Lineup::may_go_on(const Member& member) const noexcept {
  const Member::State state = member.state.load();
  if (is_paused_.load() || state == Member::away || state == Member::over) return false;
  return state == Member::started || !most_running_ || &member == next_;
}

void Lineup::begin(Member& member) noexcept {
  if (most_running_) order::acquire(this);  // a serial queue is an order
  leave_line(member);
  member.state.store(Member::started);
  member.is_busy = true;
  --queued_;
  ++running_;
  ++busy_;
  choose();
}

bool Lineup::count(Member& member, int status) noexcept {
  const Member::State state = member.state.exchange(Member::over);
  if (state == Member::in_line) leave_line(member);
  leads_ -= std::exchange(member.is_lead, false);
  if (member.is_listed) --(state == Member::started ? running_ : queued_);
  ++completed_;
  if (status == TP_ECANCELED || status == TP_ETERMINATED)
    ++cancelled_;
  else if (status != TP_OK)
    ++failed_;
  return choose();
}

bool Lineup::leave(Member& member) noexcept {
  order::release(this);
  if (member.is_listed) --here_;
  members_.remove(member);
  if (std::exchange(member.is_busy, false)) --busy_;
  return choose();
}

/// What has not started comes first, because the end of what runs would start it. Those that a cancel has reached go to
/// the end of the list.
Member* Lineup::next_to_cancel(std::uint32_t round) noexcept {
  Member* next = nullptr;
  for (Member* member = members_.first(); member && member->round <= round; member = member->next) {
    const bool is_queued = member->state.load() < Member::started;
    if (!next || is_queued) next = member;
    if (is_queued) break;
  }
  if (next) list(*next);
  return next;
}

Member* Lineup::first_lead() const noexcept {
  Member* member = leads_ ? members_.first() : nullptr;
  while (member && !member->is_lead) member = member->next;
  return member;
}

void Lineup::fill(tp_group_stats_t& stats) const noexcept {
  stats.queued = queued_;
  stats.running = running_;
  stats.completed = completed_;
  stats.failed = failed_;
  stats.cancelled = cancelled_;
}

}  // namespace tp::core
