// SPDX-License-Identifier: MIT
// Stage 4: apply jobs; from submit/apply, to result/job.
#include "queue/single.h"

#include <cstddef>
#include <cstring>
#include <new>

#include "base/slab.h"
#include "base/align.h"

namespace tp::core {

Single* Single::make(Owner& owner, const tp_task_t& task, const Callbacks& callbacks,
                     bool handle) noexcept {
  const std::size_t item_at = aligned(sizeof(Single));
  std::size_t value_at, bytes;
  if (!add_aligned(item_at, task.item_size, value_at) ||
      !add_aligned(value_at, task.value_size, bytes))
    return nullptr;
  void* const memory = slab_alloc(bytes);
  if (!memory) return nullptr;
  auto* const job = new (memory) Single(owner, task, callbacks, handle, bytes);
  job->item_ = task.item_size ? static_cast<char*>(memory) + item_at : nullptr;
  job->value_ = task.value_size ? static_cast<char*>(memory) + value_at : nullptr;
  job->owns_ = true;
  return job;
}

Single* Single::make(Owner& owner, const tp_task_t& task, const void* item, void* value) noexcept {
  void* const memory = slab_alloc(sizeof(Single));
  if (!memory) return nullptr;
  auto* const job = new (memory) Single(owner, task, {}, true, sizeof(Single));
  job->item_ = task.item_size ? item : nullptr;
  job->value_ = task.value_size ? value : nullptr;
  return job;
}

bool Single::take_item(const void* item) {
  if (!item_) return true;
  Frame frame(Frame::Kind::hook, &owner(), this);
  const auto fail = [&](int status) {
    item_ = nullptr;  // there is none to drop
    claimed_.store(true);
    record(status, 0, 0, frame);
    owner().count_cut(1);
    over(1);
  };
  const Verdict verdict =
      call_user(frame, [&] { return move_item(item), 0; }, [&] { fail(TP_ELOST); });
  if (verdict.status != TP_OK) fail(verdict.status);
  return verdict.status == TP_OK;
}

void Single::move_item(const void* item) {
  void* const copy = const_cast<void*>(item_);
  if (task_.item_move)
    task_.item_move(copy, const_cast<void*>(item));
  else
    std::memcpy(copy, item, task_.item_size);
}

void Single::discard() noexcept {
  const std::size_t bytes = bytes_;
  this->~Single();
  slab_free(this, bytes);
}

void Single::drop_outputs() {
  if (owns_ && produced_) call_hook(task_.value_drop, value_);
}

void Single::run() {
  const Reference queues(*this);
  if (const int status = owner().cut_status(); status != TP_OK)
    cut(status);
  else if (claim())
    execute();
}

bool Single::help(Deadline) {
  if (!claim()) return false;
  execute();
  return true;
}

void Single::cut(int status) {
  stop(status);
  if (!claim()) return;
  record_cut(status, 0);
  owner().count_cut(1);
  over(1);
}

void Single::execute() {
  owner().set_running(true);
  {
    Frame frame(Frame::Kind::task, &owner(), this);
    const Verdict verdict = call_user(
        frame,
        [&] {
          const int code = task_.fn(task_.ctx, item_, value_);
          if (code == 0) frame.drop_cause();
          return code;
        },
        [&] {
          record(TP_ELOST, 0, 0, frame);
          end();
        });
    if (verdict.status == TP_OK)
      produced_ = value_ != nullptr;
    else
      record(verdict.status, verdict.code, 0, frame);
  }
  end();
}

void Single::end() {
  owner().set_running(false);
  owner().count_items(1);
  over(1);
}

void Single::drop_items() {
  if (owns_ && item_) call_hook(task_.item_drop, const_cast<void*>(item_));
}

void Single::progress(std::size_t& done_items, std::size_t& total) const noexcept {
  done_items = remaining() ? 0 : 1;
  total = 1;
}

int Single::item_status(std::size_t index) const noexcept {
  return index == 0 ? outcome() : TP_EINVAL;
}

}  // namespace tp::core
