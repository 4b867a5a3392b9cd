// SPDX-License-Identifier: MIT
// Stage 4: a map or for that one thread runs alone; from submit/loop, to result/job.
#include "queue/quick_loop.h"

#include <new>

#include "base/slab.h"
#include "trace/traced.h"

namespace tp::core {

/// As run of run_items.
int QuickItems::run_up_to_a_failure(CallScope& scope, At& at) const {
  if (at.item == count_) return 0;
  const tp_task_t& task = *task_;
  if (batch_of(task)) return run_batch(task, scope, items_, values_, at, count_ - at.item);
  const Function function(task);
  const char* item = task.item_size ? items_ + at.item * task.item_size : nullptr;
  char* value = task.value_size ? values_ + at.item * task.value_size : nullptr;
  for (; at.item < count_; ++at.item, item += task.item_size, value += task.value_size)
    if (const int code = function(scope, task.ctx, item, value)) return code;
  return 0;
}

/// Drops the values before the item, and keeps the failure if it is the first one.
void QuickItems::fail(At at, CallResult result, CallScope& scope) {
  at_ = at.end();
  Error* const failure = Error::make(result.status, result.code, at.item, scope.take_cause());
  const ScopeExit kept([&] {  // also when a hook ends the thread
    dropped_ = at.end();
    if (error_)
      failure->release();
    else
      error_ = failure;
  });
  drop_values(scope, at.item);
}

void QuickItems::drop_values(const CallScope& items, std::size_t end) {
  if (!task_->value_drop || !task_->value_size) return;
  CallScope scope(CallScope::Kind::hook, items.pool(), items.job());
  call_in_turn([this, end] {
    if (dropped_ == end) return false;
    call_hook(task_->value_drop, static_cast<void*>(values_ + dropped_++ * task_->value_size));
    return true;
  });
}

QuickLoop::QuickLoop(PoolContext& pool, QuickItems& items) noexcept
    : ApplyJob(pool, items.kind(), items.needs_worker(), sizeof *this), items_(items) {}

QuickLoop* QuickLoop::make(PoolContext& pool, QuickItems& items) noexcept {
  void* const memory = slab_alloc(sizeof(QuickLoop));
  return memory ? new (memory) QuickLoop(pool, items) : nullptr;
}

/// If an item ends the thread, another one runs the rest, while this one waits.
void QuickLoop::execute(std::uint32_t& mine, std::uint32_t cancels) {
  start_claimed();
  pool().set_running(true);
  const ScopeExit ended([&] {
    pool().set_running(false);
    pool().bump(&Counters::items, items_.ran());
    if (const std::size_t cut = items_.count() - items_.ran()) pool().bump(&Counters::cut, cut);
    if (Error* const error = items_.take_error()) record(error);
    if (over_at_once(mine)) mine = 0;
  });
  const Traced<Point::chunk> traced(pool(), this, kind(), 0, items_.count());
  const auto run = [&](auto lost) {
    CallScope scope(CallScope::Kind::task, &pool(), this);
    scope.note_cancels(cancels);
    items_.run_timed(scope, lost);
  };
  run([&] { call_elsewhere([&] { run([] {}); }); });
}

}  // namespace tp::core
