// SPDX-License-Identifier: MIT
// Stage 4: apply jobs; from submit/apply, to result/job.
#include "queue/apply_job.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "base/align.h"
#include "base/slab.h"
#include "base/sync_point.h"
#include "queue/items.h"
#include "trace/traced.h"

namespace tp::core {

ApplyJob::ApplyJob(PoolContext& pool, const tp_task_t& task, Tail* tail, bool handle,
                   std::size_t bytes) noexcept
    : Job(pool, JobKind::apply, 1, tail, handle),
      bytes_(static_cast<std::uint16_t>(std::min<std::size_t>(bytes, UINT16_MAX))),
      confirms_(task.flags & TP_TASK_CONFIRM),
      fn_(task.fn),
      ctx_(task.ctx) {
  if (!task.fn) workers_only();
  if (tail) keep_pool_for_callbacks();
}

ApplyJob::ApplyJob(PoolContext& pool, JobKind kind, bool needs_worker, std::size_t bytes) noexcept
    : Job(pool, kind, 1, nullptr, true),
      bytes_(static_cast<std::uint16_t>(bytes)),
      confirms_(false),
      fn_(nullptr),
      ctx_(nullptr) {
  if (needs_worker) workers_only();
}

ApplyJob::Tail* ApplyJob::make_tail(void* memory, const PoolContext& pool,
                                    const Callbacks& callbacks, const tp_task_t& task) noexcept {
  if (pool.taker()) return new (memory) TakenTail(callbacks, task);
  return new (memory) Tail(callbacks, task);
}

ApplyJob* ApplyJob::make(PoolContext& pool, const tp_task_t& task, const Callbacks& callbacks,
                         bool handle, bool needs_extras) noexcept {
  constexpr std::size_t value_at = aligned(sizeof(ApplyJob));
  const bool has_tail = needs_extras || callbacks.success || callbacks.failure || task.item_drop ||
                        task.value_drop || task.ctx_drop || pool.reports() || pool.taker();
  std::size_t end, item_at, tail_at;
  if (__builtin_add_overflow(value_at, task.value_size, &end) ||
      !place(end, task.item_size, item_at, end) ||
      !place(end, has_tail ? tail_bytes(pool) : 0, tail_at, end))
    return nullptr;
  auto* const memory = static_cast<char*>(slab_alloc(end));
  if (!memory) return nullptr;
  Tail* const tail = has_tail ? make_tail(memory + tail_at, pool, callbacks, task) : nullptr;
  auto* const job = new (memory) ApplyJob(pool, task, tail, handle, end);
  if (task.item_size) job->item_ = memory + item_at;
  if (task.value_size) job->value_ = memory + value_at;
  job->owns_ = true;
  return job;
}

ApplyJob* ApplyJob::make_bare(PoolContext& pool, const tp_task_t& task, const void* item,
                              bool handle) noexcept {
  constexpr std::size_t value_at = aligned(sizeof(ApplyJob));
  std::size_t item_at = 0, end = value_at + task.value_size;
  place(end, task.item_size, item_at, end);
  auto* const memory = static_cast<char*>(slab_alloc(end));
  if (!memory) return nullptr;
  auto* const job = new (memory) ApplyJob(pool, task, nullptr, handle, end);
  if (task.item_size) {
    job->item_ = memory + item_at;
    copy_small(memory + item_at, item, task.item_size);
  }
  if (task.value_size) job->value_ = memory + value_at;
  job->owns_ = true;
  return job;
}

ApplyJob* ApplyJob::make(PoolContext& pool, const tp_task_t& task, const void* item,
                         void* value) noexcept {
  constexpr std::size_t tail_at = aligned(sizeof(ApplyJob));
  const bool has_tail = task.ctx_drop || pool.taker();
  const std::size_t bytes = tail_at + (has_tail ? tail_bytes(pool) : 0);
  auto* const memory = static_cast<char*>(slab_alloc(bytes));
  if (!memory) return nullptr;
  Tail* const tail = has_tail ? make_tail(memory + tail_at, pool, {}, task) : nullptr;
  auto* const job = new (memory) ApplyJob(pool, task, tail, true, bytes);
  if (task.item_size) job->item_ = item;
  if (task.value_size) job->value_ = value;
  return job;
}

bool ApplyJob::take_item(const tp_task_t& task, const void* item) {
  if (!item_) return true;
  void* const copy = const_cast<void*>(item_);
  if (!task.item_move) {
    std::memcpy(copy, item, task.item_size);
    return true;
  }
  CallScope scope(CallScope::Kind::hook, &pool(), this);
  const auto fail = [&](int status) {
    item_ = nullptr;  // there is none to drop
    claim_.store(Claim::done);
    record(status, 0, 0, scope);
    pool().bump(&Counters::cut, 1);
    over(1);
  };
  const CallResult result = call_user(
      scope, [&] { task.item_move(copy, const_cast<void*>(item)); }, [&] { fail(TP_ELOST); });
  if (result.status != TP_OK) fail(result.status);
  return result.status == TP_OK;
}

void ApplyJob::discard() noexcept {
  const std::size_t bytes = bytes_;
  drop_extras();
  this->~ApplyJob();
  slab_free(this, bytes);
}

void ApplyJob::start(const Taker* taker) {
  std::uint32_t mine = 1;
  const ScopeExit queues([&] {
    if (mine) unref();
  });
  const std::uint32_t cancels = pool().cancels();
  if (const int status = pool().cut_status_in_hand(); status != TP_OK)
    cut(status);
  else if (claim())
    taker ? hand_out(*taker, cancels) : execute(mine, cancels);
}

bool ApplyJob::help_items(Deadline) {
  if (!may_start()) return false;
  const bool is_worker = this_thread.pool == &pool();
  std::uint32_t cancels = is_worker ? pool().cancels() : 0;
  if (!claim()) return false;
  // the pool may have been gone before. The queue still has the job, so a cancel of the pool finds it there
  if (!is_worker) cancels = pool().cancels();
  // so a thread that submits and then waits, as in fork and join, leaves no tombstone in its submit queue
  sync_point("apply.help");
  std::uint32_t mine = pool().take_back(*this);
  const ScopeExit taken([&] {
    if (mine) unref();
  });
  taker() ? hand_out(*taker(), cancels) : execute(mine, cancels);
  return true;
}

bool ApplyJob::claim() {
  const Claim before = claim_.exchange(Claim::done);
  if (before == Claim::cut) cut_claimed();
  return before == Claim::free;
}

void ApplyJob::cut(int status) {
  stop(status);
  sync_point("apply.cut");
  if (claim()) cut_claimed();
}

bool ApplyJob::cut_pending(int status) {
  if (!claim()) return false;
  stop(status);
  cut_claimed();
  return stop_status() == status;
}

bool ApplyJob::begin_pool_cancel() noexcept {
  stop(TP_ECANCELED);
  sync_point("apply.pool_cancel");
  Claim free = Claim::free;
  return claim_.compare_exchange_strong(free, Claim::cut);
}

void ApplyJob::end_pool_cancel() {
  order::release(this);
  if (claim()) cut_claimed();
}

Job*& ApplyJob::cancelled_link() noexcept {
  return tail() ? Job::cancelled_link() : next_cancelled_;
}

void ApplyJob::cut_claimed() {
  record_cut(stop_status(), 0);
  pool().bump(&Counters::cut, size());
  over(1);
}

void ApplyJob::execute(std::uint32_t& mine, std::uint32_t cancels) {
  start_claimed();
  pool().set_running(true);
  const ScopeExit ended([&] {
    pool().set_running(false);
    pool().bump(&Counters::items, 1);
    if (over_at_once(mine)) mine = 0;
  });
  const Traced<Point::task> traced(pool(), this, JobKind::apply, 0, 1);
  CallScope scope(CallScope::Kind::task, &pool(), this);
  const auto lost = [&] { record(TP_ELOST, 0, 0, scope); };
  scope.note_cancels(cancels);
  if (tail()) scope.begin_item(tail()->item_limit);
  CallResult result = call_user(
      scope, [&] { return Function(fn_, confirms_)(scope, ctx_, item_, value_); }, lost);
  if (scope.is_late()) [[unlikely]]
    call_or_else([&] { result = timed_out(result, tail()->value_drop, value_); }, lost);
  if (result.status == TP_OK)
    produced_ = value_ != nullptr;
  else
    record(result.status, result.code, 0, scope);
}

/// The taker sees cancels of the pool from reserve on.
void ApplyJob::hand_out(const Taker& taker, std::uint32_t cancels) {
  start_claimed();
  pool().note_taken(1);
  const tp_task_t& task = static_cast<const TakenTail*>(tail())->task;
  void* room = nullptr;
  taker.reserve(taker.ctx, task, 1, true, &room);
  if (cancels != pool().cancels()) stop(TP_ECANCELED);
  taker.take(taker.ctx, room,
             {this, &task, 0, 1, static_cast<const char*>(item_), task.item_size,
              static_cast<char*>(value_), task.value_size, tail()->item_limit, 0, nullptr});
}

void ApplyJob::finish_taken(const TakenItems&, const TakenEnd& end) {
  pool().note_taken(SIZE_MAX);
  if (end.unrun) {
    stop_unrun();
    return cut_claimed();
  }
  const ScopeExit ended([&] {
    pool().bump(&Counters::items, 1);
    over(1);
  });
  if (end.status == TP_OK)
    produced_ = value_ != nullptr;
  else
    record(end.status, end.code, 0, end.cause);
}

}  // namespace tp::core
