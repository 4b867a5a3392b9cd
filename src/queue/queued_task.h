// SPDX-License-Identifier: MIT
// Stage 4: what waits in a submit queue: a job, or a whole small task; from submit/*, to worker/worker.
#pragma once

#include <cstdint>

#include "base/align.h"
#include "result/job.h"
#include "tpool/task.h"

namespace tp::core {

/// Three 64-bit words, trivially copyable. A fire-and-forget task without hooks, of at most 8 bytes, needs no more.
struct QueuedTask {
  alignas(8) std::uint64_t code;  // 0: ctx is a Job; else the function, with kHasItem
  void* ctx;
  alignas(8) std::uint64_t item;  // 32-bit x86 would align it by 4

  // No function's address has this bit in its 64-bit form.
  static constexpr std::uint64_t kHasItem = std::uint64_t{1} << 63;

  static QueuedTask of(Job& job) noexcept { return {0, &job, 0}; }

  static QueuedTask of(const tp_task_t& task, const void* item) noexcept {
    QueuedTask queued{reinterpret_cast<std::uintptr_t>(task.fn), task.ctx, 0};
    if (task.item_size) {
      queued.code |= kHasItem;
      copy_small(&queued.item, item, task.item_size);
    }
    return queued;
  }

  /// Whether a queued task can hold the whole task.
  static bool holds(const tp_task_t& task) noexcept {
    return task.fn && !task.flags && fits(task) && !task.item_move && !task.item_drop &&
           !task.ctx_drop;
  }
  /// The same for a task that has a function, and neither hooks nor flags.
  static bool fits(const tp_task_t& task) noexcept {
    return task.item_size <= sizeof(std::uint64_t) && !task.value_size;
  }

  Job* job() const noexcept { return code ? nullptr : static_cast<Job*>(ctx); }

  int call() const {
    const auto fn = reinterpret_cast<tp_task_fn>(static_cast<std::uintptr_t>(code & ~kHasItem));
    return fn(ctx, code & kHasItem ? &item : nullptr, nullptr);
  }
};

}  // namespace tp::core
