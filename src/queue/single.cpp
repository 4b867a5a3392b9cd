// SPDX-License-Identifier: MIT
// Stage 4: apply jobs; from submit/apply, to result/job.
#include "queue/single.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "base/align.h"
#include "base/noise.h"
#include "base/slab.h"
#include "trace/traced.h"

namespace tp::core {

Single::Single(PoolContext& owner, const tp_task_t& task, Tail* tail, bool handle,
               std::size_t bytes) noexcept
    : Job(owner, JobKind::apply, 1, tail, handle),
      bytes_(static_cast<std::uint16_t>(std::min<std::size_t>(bytes, UINT16_MAX))),
      confirms_(task.flags & TP_TASK_CONFIRM),
      fn_(task.fn),
      ctx_(task.ctx) {
  if (!task.fn) workers_only();
  if (tail) keep_pool_for_callbacks();
}

Single* Single::make(PoolContext& owner, const tp_task_t& task, const Callbacks& callbacks,
                     bool handle, bool has_deadline) noexcept {
  constexpr std::size_t value_at = aligned(sizeof(Single));
  const bool has_tail = has_deadline || callbacks.success || callbacks.failure || task.item_drop ||
                        task.value_drop || task.ctx_drop || owner.reports();
  std::size_t end, item_at, tail_at;
  if (__builtin_add_overflow(value_at, task.value_size, &end) ||
      !place(end, task.item_size, item_at, end) ||
      !place(end, has_tail ? sizeof(Tail) : 0, tail_at, end))
    return nullptr;
  auto* const memory = static_cast<char*>(slab_alloc(end));
  if (!memory) return nullptr;
  Tail* const tail = has_tail ? new (memory + tail_at) Tail(callbacks, task) : nullptr;
  auto* const job = new (memory) Single(owner, task, tail, handle, end);
  if (task.item_size) job->item_ = memory + item_at;
  if (task.value_size) job->value_ = memory + value_at;
  job->owns_ = true;
  return job;
}

Single* Single::make(PoolContext& owner, const tp_task_t& task, const void* item,
                     void* value) noexcept {
  constexpr std::size_t tail_at = aligned(sizeof(Single));
  const std::size_t bytes = tail_at + (task.ctx_drop ? sizeof(Tail) : 0);
  auto* const memory = static_cast<char*>(slab_alloc(bytes));
  if (!memory) return nullptr;
  Tail* const tail = task.ctx_drop ? new (memory + tail_at) Tail({}, task) : nullptr;
  auto* const job = new (memory) Single(owner, task, tail, true, bytes);
  if (task.item_size) job->item_ = item;
  if (task.value_size) job->value_ = value;
  return job;
}

bool Single::take_item(const tp_task_t& task, const void* item) {
  if (!item_) return true;
  void* const copy = const_cast<void*>(item_);
  if (!task.item_move) {
    std::memcpy(copy, item, task.item_size);
    return true;
  }
  Frame frame(Frame::Kind::hook, &owner(), this);
  const auto fail = [&](int status) {
    item_ = nullptr;  // there is none to drop
    claimed_.store(true);
    record(status, 0, 0, frame);
    owner().bump(&Tally::cut, 1);
    over(1);
  };
  const Verdict verdict = call_user(
      frame, [&] { task.item_move(copy, const_cast<void*>(item)); }, [&] { fail(TP_ELOST); });
  if (verdict.status != TP_OK) fail(verdict.status);
  return verdict.status == TP_OK;
}

void Single::discard() noexcept {
  const std::size_t bytes = bytes_;
  drop_timing();
  this->~Single();
  slab_free(this, bytes);
}

void Single::run() {
  const Reference queues(*this);
  if (const int status = owner().cut_status_in_hand(); status != TP_OK)
    cut(status);
  else if (claim())
    execute();
}

bool Single::help(Deadline) {
  if (!claim()) return false;
  // so a thread that submits and then waits, as in fork and join, leaves no husk in its lane
  noise("single.help");
  const bool queued = !owner().take_back(*this);
  const Finally taken([&] {
    if (!queued) unref();
  });
  execute();
  return true;
}

void Single::cut(int status) {
  stop(status);
  noise("single.cut");
  if (!claim()) return;
  record_cut(status, 0);
  owner().bump(&Tally::cut, 1);
  over(1);
}

void Single::execute() {
  start_claimed();
  owner().set_running(true);
  const Finally ended([this] {
    owner().set_running(false);
    owner().bump(&Tally::items, 1);
    over(1);
  });
  const Traced<Point::task> traced(owner(), this, JobKind::apply, 0, 1);
  Frame frame(Frame::Kind::task, &owner(), this);
  const Verdict verdict = call_user(
      frame, [&] { return Function(fn_, confirms_)(frame, ctx_, item_, value_); },
      [&] { record(TP_ELOST, 0, 0, frame); });
  if (verdict.status == TP_OK)
    produced_ = value_ != nullptr;
  else
    record(verdict.status, verdict.code, 0, frame);
}

}  // namespace tp::core
