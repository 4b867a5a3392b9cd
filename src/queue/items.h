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

/// Calls a task for items [begin, end) of an array, at least for the first. Between two of them there is
/// nothing but a call of what watch(at) has returned at the first, or behind one that failed: whether to
/// stop. An item that fails is told to failed(at, verdict): whether to go on. lost(at) runs where an item
/// ends the thread. Returns the end of what has been run. REQUIRES: begin < end.
template <class Watch, class Failed, class Lost>
std::size_t run_items(const tp_task_t& task, Frame& frame, const void* items, void* values,
                      std::size_t begin, std::size_t end, Watch watch, Failed failed, Lost lost) {
  std::size_t at = begin;  // the item that runs, or where it has stopped
  const auto run_up_to_a_failure = [&] {
    const Function function(task);
    void* const ctx = task.ctx;
    const std::size_t item_size = task.item_size, value_size = task.value_size;
    const char* item = item_size ? static_cast<const char*>(items) + at * item_size : nullptr;
    char* value = value_size ? static_cast<char*>(values) + at * value_size : nullptr;
    std::size_t i = at;
    auto stops = watch(i);
    if (i != begin && (i == end || stops(i))) return 0;
    for (;; item += item_size, value += value_size) {
      if (const int code = function(frame, ctx, item, value)) return code;
      at = ++i;
      if (i == end || stops(i)) return 0;
    }
  };
  for (;; ++at) {
    const Verdict verdict = call_user(frame, run_up_to_a_failure, [&] { lost(at); });
    if (verdict.status == TP_OK) return at;
    if (!failed(at, verdict)) return at + 1;
  }
}

}  // namespace tp::core
