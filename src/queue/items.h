// SPDX-License-Identifier: MIT
// Stage 4: how the items of a task are called; from queue/* and submit/*, to result/frame.
#pragma once

#include "result/frame.h"

namespace tp::core {

/// Calls a task for one item. lost() runs where that ends the thread.
template <class Lost>
Verdict run_item(const tp_task_t& task, Frame& frame, const void* item, void* value, Lost lost) {
  const auto call = [&] {
    return Function(task)(frame, task.ctx, task.item_size ? item : nullptr,
                          task.value_size ? value : nullptr);
  };
  return call_user(frame, call, lost);
}

/// Runs items from begin on: run(at) runs them until one fails, and returns its code, or 0 at the end; at is
/// the item that runs, or where it has stopped. An item that fails is told to failed(at, verdict): whether
/// to go on behind it. lost(at) runs where an item ends the thread. Returns the end of what has been run.
template <class Run, class Failed, class Lost>
std::size_t run_items(Frame& frame, std::size_t begin, Run run, Failed failed, Lost lost) {
  for (std::size_t at = begin;; ++at) {
    const Verdict verdict = call_user(
        frame, [&] { return run(at); }, [&] { lost(at); });
    if (verdict.status == TP_OK) return at;
    if (!failed(at, verdict)) return at + 1;
  }
}

}  // namespace tp::core
