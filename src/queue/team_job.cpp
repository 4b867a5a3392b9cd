// SPDX-License-Identifier: MIT
// Stage 4: how a team gathers and runs; from submit/team, to result/job.
#include "queue/team_job.h"

#include <algorithm>
#include <new>

#include "base/slab.h"
#include "base/sync_point.h"
#include "trace/traced.h"

namespace tp::core {

TeamJob::TeamJob(PoolContext& pool, tp_range_fn fn, void* ctx, std::size_t n,
                 bool takes_part) noexcept
    : Job(pool, JobKind::team, n, &extras_, true),
      fn_(fn),
      ctx_(ctx),
      count_(n),
      next_(takes_part ? 1 : 0) {
  set_blocking();
}

TeamJob* TeamJob::make(PoolContext& pool, tp_range_fn fn, void* ctx, std::size_t n,
                       bool takes_part) noexcept {
  void* const memory = slab_alloc(sizeof(TeamJob));
  return memory ? new (memory) TeamJob(pool, fn, ctx, n, takes_part) : nullptr;
}

void TeamJob::discard() noexcept {
  this->~TeamJob();
  slab_free(this, sizeof(TeamJob));
}

bool TeamJob::is_inside(const PoolContext& pool) noexcept {
  const auto is_part = [&pool](const CallScope& scope) {
    return scope.pool() == &pool && scope.job() && scope.job()->kind() == JobKind::team;
  };
  return CallScope::find(CallScope::current(), is_part) != nullptr;
}

void TeamJob::arrive() noexcept {
  if (missing_.fetch_sub(1) == 1) settle(Phase::runs);
}

/// Ends the gathering; false when it had ended.
bool TeamJob::settle(Phase phase) noexcept {
  Phase gathers = Phase::gathers;
  if (!phase_.compare_exchange_strong(gathers, phase)) return false;
  sync_point("team.settled");
  gathered_.wake_all();
  return true;
}

/// Waits for the end of the gathering. Whether the parts run.
bool TeamJob::starts() noexcept {
  wait_until(gathered_, Deadline::never(), [this] { return phase_.load() != Phase::gathers; });
  return phase_.load() == Phase::runs;
}

void TeamJob::take_part() {
  if (starts()) run_part(next_.fetch_add(1));
}

void TeamJob::take_first_part() {
  if (starts()) run_part(0);
}

/// The part is over only when this thread runs nothing of the job any more.
void TeamJob::run_part(std::size_t index) {
  const auto ended = [this] {
    pool().set_running(false);
    pool().bump(&Counters::items, 1);
    over(1);
  };
  pool().set_running(true);
  {
    const Traced<Point::chunk> traced(pool(), this, kind(), index, index + 1);
    CallScope scope(CallScope::Kind::task, &pool(), this);
    scope.set_item(index);
    const auto lost = [&] {
      record(TP_ELOST, 0, index, scope);
      ended();
    };
    const CallResult result = call_user(
        scope, [&] { return fn_(ctx_, index, index + 1); }, lost);
    if (result.status != TP_OK)
      call_or_else([&] { record(result.status, result.code, index, scope); }, ended);
  }
  ended();
}

void TeamJob::cut(int status) {
  stop(status);
  if (!give_up()) return;
  pool().bump(&Counters::cut, count_);
  record_cut(status, 0);
  over(count_);
}

void TeamJob::progress(std::size_t& done, std::size_t& total) const noexcept {
  total = count_;
  done = count_ - std::min(remaining(), count_);
}

}  // namespace tp::core
