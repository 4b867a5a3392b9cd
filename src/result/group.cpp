// SPDX-License-Identifier: MIT
// Stage 6: jobs of a pool that belong together; from submit/admission, to result/group_ring.
#include "result/group.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/order.h"
#include "base/sync_point.h"
#include "result/pool_context.h"

namespace tp::core {

int Group::make(PoolContext& pool, const tp_group_options_t& options, Group*& group) noexcept {
  if (pool.state() != State::running) return TP_ECLOSED;
  if (pool.cut_error()) return TP_EINIT;
  const std::size_t length = options.name ? std::strlen(options.name) : 0;
  void* const memory = std::malloc(sizeof(Group) + length);
  if (!memory) return TP_ENOMEM;
  group = new (memory) Group(pool, options);
  if (length) std::memcpy(group->name_, options.name, length + 1);
  pool.change_signs(Signs::kGrouped, 0);  // before anybody can put something in
  return TP_OK;
}

Group::Group(PoolContext& pool, const tp_group_options_t& options) noexcept
    : pool_(pool), most_pending_(options.max_pending), most_running_(options.max_running) {
  name_[0] = '\0';
  pool.retain();
}

void Group::release() noexcept {
  // acq_rel: the last owner sees what the others wrote before it frees the group
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1 && !ring().inherits(*this)) destroy();
}

void Group::destroy() noexcept {
  PoolContext& pool = pool_;
  this->~Group();
  std::free(this);
  pool.release();
}

void Group::give_up() noexcept {
  handle_tag_.end();
  resume();
  release();
}

void Group::stats(tp_group_stats_t& stats) noexcept {
  Lock lock(ring().mutex_);
  stats.queued = queued_;
  stats.running = running_;
  stats.completed = completed_;
  stats.failed = failed_;
  stats.cancelled = cancelled_;
}

void Group::cancel() {
  std::uint32_t round = 0;
  {
    Lock lock(ring().mutex_);
    round = round_++;
  }
  cancel_up_to(round);
}

/// What has not started comes first, because the end of what runs would start it. nullptr: the cancel has come to all.
Member* Group::next_to_cancel(std::uint32_t round) const noexcept {
  Member* first_started = nullptr;
  for (Member* member = members_.first(); member && member->round <= round; member = member->next) {
    if (member->state.load() < Member::started) return member;
    if (!first_started) first_started = member;
  }
  return first_started;
}

/// Those that it has reached go to the end of the list.
void Group::cancel_up_to(std::uint32_t round) {
  ScopeFail rest([this, round] { cancel_up_to(round); });  // a callback may end the thread
  for (;;) {
    Job* job = nullptr;
    {
      Lock lock(ring().mutex_);
      Member* const next = next_to_cancel(round);
      if (!next) break;
      list(*next);
      (job = next->job)->ref();
    }
    const Reference reference(*job);
    sync_point("group.cancel");
    job->cancel();
  }
  rest.dismiss();
}

int Group::pause() noexcept {
  Lock lock(ring().mutex_);
  if (pool_.signs().any(Signs::kUnpausable)) return TP_ECLOSED;
  if (is_paused_.exchange(true)) return TP_OK;
  set_listed_as_paused(true);
  return TP_OK;
}

void Group::resume() noexcept {
  {
    Lock lock(ring().mutex_);
    if (!is_paused_.exchange(false)) return;
    set_listed_as_paused(false);
    offer();
    open_started();
  }
  sync_point("group.resumed");
  tell(true);
  pool_.unblock_any();
}

void Group::set_listed_as_paused(bool listed) noexcept {
  if (listed) {
    prev_paused_ = nullptr;
    next_paused_ = std::exchange(ring().paused_, this);
    if (next_paused_) next_paused_->prev_paused_ = this;
  } else {
    (prev_paused_ ? prev_paused_->next_paused_ : ring().paused_) = next_paused_;
    if (next_paused_) next_paused_->prev_paused_ = prev_paused_;
  }
}

/// Loops and streams that have stopped between two chunks.
void Group::open_started() noexcept {
  each_busy([this](Job& job) {
    const bool is_over = job.member()->state.load() == Member::over;
    if (!is_over && job.kind() != JobKind::apply) pool_.reopen(job);
    return false;
  });
}

bool Group::take() noexcept {
  Lock lock(ring().mutex_);
  if (taken_ >= most_pending_) return false;
  ++taken_;
  return true;
}

void Group::take_anyway() noexcept {
  Lock lock(ring().mutex_);
  ++taken_;
}

void Group::give_back_room() noexcept {
  {
    Lock lock(ring().mutex_);
    --taken_;
  }
  pool_.room().waiters().wake_all();
}

/// No effect on a job that has come before, or is over by now.
void Group::enter(Member& member) noexcept {
  if (member.is_listed || member.state.load() == Member::over) return;
  ++here_;
  ++queued_;
  list(member);
}

/// Adds it, or moves it to the end.
void Group::list(Member& member) noexcept {
  members_.remove(member);
  member.round = round_;
  members_.push_back(member);
}

void Group::join(Job& job) noexcept {
  Member& member = *job.member();
  Lock lock(ring().mutex_);
  enter(member);
  member.is_lead = member.state.load() == Member::away && job.dependent();
  leads_ += member.is_lead;
}

void Group::leave_line(Member& member) noexcept {
  line_of(member).remove(member);
  if (next_ == &member) next_ = nullptr;
}

static void release_hold(Job& job) noexcept {
  job.extras().holds.fetch_and(static_cast<std::uint8_t>(~Job::in_group));
}

void Group::line_up(Job& job) noexcept {
  Member& member = *job.member();
  {
    Lock lock(ring().mutex_);
    if (member.state.load() != Member::away) return;
    enter(member);
    leads_ -= std::exchange(member.is_lead, false);
    line_of(member).push_back(member);
    member.state.store(Member::in_line);
    if (!most_running_) release_hold(job);
    choose();
    offer();
  }
  sync_point("group.lined_up");
  job.waiters().wake_all();  // a worker that waits for it may be the only one to run it
  tell(true);
  if (!job.is_held()) pool_.unblock(job);
}

void Group::start_here(Job& job) noexcept {
  Member& member = *job.member();
  Lock lock(ring().mutex_);
  if (member.state.load() != Member::away) return;
  enter(member);
  release_hold(job);
  line_of(member).push_back(member);
  begin(member);
}

/// Has the first job in line be the one that may start, if the group is not full. Whether that is a new one.
bool Group::choose() noexcept {
  if (!most_running_) return false;
  Member* first = nullptr;
  for (std::size_t i = 0; i < kPriorities && !first && !is_full(); ++i) first = lines_[i].first();
  if (first == next_) return false;
  if (next_) next_->job->extras().holds.fetch_or(Job::in_group);
  next_ = first;
  if (next_) release_hold(*next_->job);
  return next_ != nullptr;
}

/// Takes its places in the rings. Whether it has one that has something to start.
bool Group::offer() noexcept {
  bool any = false;
  for (const Priority priority : {Priority::urgent, Priority::normal, Priority::background}) {
    if (!startable(priority)) continue;
    ring().put(*this, priority);
    any = true;
  }
  return any;
}

/// The first job that may start; nullptr when there is none.
Member* Group::startable(Priority priority) noexcept {
  if (is_paused_.load()) return nullptr;
  if (most_running_) return next_ && priority_of(*next_) == priority ? next_ : nullptr;
  return lines_[index_of(priority)].first();
}

/// Whether there is more to start.
bool Group::begin(Member& member) noexcept {
  if (most_running_) order::acquire(this);  // a serial queue is an order
  leave_line(member);
  member.state.store(Member::started);
  member.is_busy = true;
  --queued_;
  ++running_;
  ++busy_;
  choose();
  return offer();
}

bool Group::start(Job& job) noexcept {
  Member& member = *job.member();
  if (member.state.load() >= Member::started) return true;
  bool more = false;
  {
    Lock lock(ring().mutex_);
    if (member.state.load() >= Member::started) return true;
    if (member.state.load() == Member::away || !may_go_on(member)) return false;
    more = begin(member);
  }
  if (more) tell(true);
  if (job.kind() != JobKind::apply) pool_.open(job);  // no worker finds it in the line any more
  return true;
}

bool Group::may_go_on(const Member& member) const noexcept {
  const Member::State state = member.state.load();
  if (is_paused_.load() || state == Member::away || state == Member::over) return false;
  return state == Member::started || !most_running_ || &member == next_;
}

void Group::counted(Job& job, int status) noexcept {
  Member& member = *job.member();
  bool chosen = false;
  {
    Lock lock(ring().mutex_);
    const Member::State state = member.state.exchange(Member::over);
    if (state == Member::in_line) leave_line(member);
    leads_ -= std::exchange(member.is_lead, false);
    if (member.is_listed) --(state == Member::started ? running_ : queued_);
    if (is_bounded()) --taken_;
    ++completed_;
    if (status == TP_ECANCELED || status == TP_ETERMINATED)
      ++cancelled_;
    else if (status != TP_OK)
      ++failed_;
    chosen = choose();
    offer();
  }
  sync_point("group.counted");
  if (is_bounded()) pool_.room().waiters().wake_all();
  tell(chosen);
}

void Group::left(Job& job) noexcept {
  Member& member = *job.member();
  bool chosen = false;
  order::release(this);
  {
    Lock lock(ring().mutex_);
    if (member.is_listed) --here_;
    members_.remove(member);
    if (std::exchange(member.is_busy, false)) --busy_;
    chosen = choose();
    offer();
  }
  sync_point("group.left");
  tell(chosen);
}

void Group::tell(bool has_more) noexcept {
  if (has_more) {
    pool_.notify();
    if (Job* const job = first_startable()) {
      const Reference own(*job);
      pool_.unblock(*job);
    }
  }
  wake_waiters();
}

void Group::wake_waiters() noexcept {
  waiters_.wake_all();
  if (waits_.load()) pool_.idle().wake_all();
}

void Job::wake_helpers() noexcept {
  waiters().wake_all();
  if (Group* const mine = group()) mine->wake_waiters();
}

const std::atomic<bool>* Job::group_pause() const noexcept {
  const Group* const mine = group();
  return mine ? &mine->is_paused() : nullptr;
}

bool Job::begin_in_group() noexcept { return group()->start(*this); }

}  // namespace tp::core
