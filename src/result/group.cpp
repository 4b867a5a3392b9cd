// SPDX-License-Identifier: MIT
// Stage 6: jobs of a pool that belong together; from submit/admission, to result/group_ring.
#include "result/group.h"

#include <cstdlib>
#include <cstring>
#include <new>

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
    : pool_(pool), room_(options.max_pending), lineup_(options.max_running) {
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
  lineup_.fill(stats);
}

std::uint32_t Group::begin_cancel() noexcept {
  Lock lock(ring().mutex_);
  return lineup_.begin_cancel();
}

Job* Group::next_to_cancel(std::uint32_t round) noexcept {
  Lock lock(ring().mutex_);
  Member* const next = lineup_.next_to_cancel(round);
  if (next) next->job->ref();
  return next ? next->job : nullptr;
}

int Group::pause() noexcept {
  Lock lock(ring().mutex_);
  if (pool_.signs().any(Signs::kUnpausable)) return TP_ECLOSED;
  if (lineup_.set_paused(true)) ring().note_pause(*this);
  return TP_OK;
}

/// Opens loops and streams that have stopped between two chunks.
void Group::resume() noexcept {
  {
    Lock lock(ring().mutex_);
    if (!lineup_.set_paused(false)) return;
    ring().forget_pause(*this);
    offer();
    lineup_.each_busy([this](Job& job) {
      const bool is_over = job.member()->state.load() == Member::over;
      if (!is_over && job.kind() != JobKind::apply) pool_.reopen(job);
      return false;
    });
  }
  sync_point("group.resumed");
  tell(true);
  pool_.unblock_any();
}

void Group::join(Job& job) noexcept {
  Lock lock(ring().mutex_);
  lineup_.join(*job.member());
}

void Group::line_up(Job& job) noexcept {
  {
    Lock lock(ring().mutex_);
    if (!lineup_.line_up(*job.member())) return;
    offer();
  }
  sync_point("group.lined_up");
  job.waiters().wake_all();  // a worker that waits for it may be the only one to run it
  tell(true);
  if (!job.is_held()) pool_.unblock(job);
}

void Group::start_here(Job& job) noexcept {
  Lock lock(ring().mutex_);
  lineup_.start_here(*job.member());
  offer();
}

/// Takes its places in the rings. Whether it has one that has something to start. REQUIRES: the ring's mutex is locked.
bool Group::offer() noexcept {
  bool any = false;
  for (const Priority priority : kByUrgency) {
    if (!lineup_.startable(priority)) continue;
    ring().put(*this, priority);
    any = true;
  }
  return any;
}

bool Group::start(Job& job) noexcept {
  Member& member = *job.member();
  if (member.state.load() >= Member::started) return true;
  bool more = false;
  {
    Lock lock(ring().mutex_);
    if (member.state.load() >= Member::started) return true;
    if (!lineup_.may_go_on(member)) return false;
    lineup_.begin(member);
    more = offer();
  }
  if (more) tell(true);
  if (job.kind() != JobKind::apply) pool_.open(job);  // no worker finds it in the line any more
  return true;
}

void Group::counted(Job& job, int status) noexcept {
  bool chosen = false;
  {
    Lock lock(ring().mutex_);
    chosen = lineup_.count(*job.member(), status);
    offer();
  }
  sync_point("group.counted");
  if (room_.is_bounded()) room_.give_back(pool_.room());
  tell(chosen);
}

void Group::left(Job& job) noexcept {
  bool chosen = false;
  {
    Lock lock(ring().mutex_);
    chosen = lineup_.leave(*job.member());
    offer();
  }
  sync_point("group.left");
  tell(chosen);
}

void Group::tell(bool has_more) noexcept {
  if (has_more) {
    pool_.notify();
    Job* const job = pool_.has_blocked() ? first_startable() : nullptr;
    if (job) {
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
