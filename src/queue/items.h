// SPDX-License-Identifier: MIT
// Stage 4: how the items of a task are called; from queue/* and submit/*, to result/call_scope.
#pragma once

#include "result/call_scope.h"
#include "result/job.h"

namespace tp::core {

/// Opens a job that a worker has taken from a queue, if it shares the job with other workers. False: in a pause the
/// job may not run; at the pool's end it is cut.
inline bool open_and_check(Job& job, bool shares = true) {
  PoolContext& pool = job.pool();
  // first: terminate either finds it among the open jobs or is seen here
  if (shares) pool.open(job);
  const int status = pool.cut_status();
  if (pool.signs().is_paused()) {  // second: a thread that sweeps ends the job itself
    if (!shares) pool.open(job);
    return false;
  }
  if (status != TP_OK) job.cut(status);
  return status == TP_OK;
}

/// The item has returned too late: its value, if it has made one, is dropped.
inline CallResult timed_out(const CallResult& returned, void (*value_drop)(void*), void* value) {
  if (returned.status == TP_OK && value) call_hook(value_drop, value);
  return {TP_ETIMEDOUT, returned.code};
}

/// Calls a task for one item, which has so many nanoseconds (0: no limit). If the task ends the thread, lost() runs on
/// the way.
template <class Lost>
CallResult run_item(const tp_task_t& task, CallScope& scope, const void* item, void* value,
                    Lost lost, std::uint64_t limit_ns = 0) {
  void* const place = task.value_size ? value : nullptr;
  const auto call = [&] {
    return Function(task)(scope, task.ctx, task.item_size ? item : nullptr, place);
  };
  scope.begin_item(limit_ns);
  CallResult result = call_user(scope, call, lost);
  if (scope.is_late()) [[unlikely]]
    call_or_else([&] { result = timed_out(result, task.value_drop, place); }, lost);
  return result;
}

/// What a loop over items is at.
struct At {
  std::size_t item;
  std::size_t count =
      1;  // how many items from there on fail together: more if a batch function doesn't tell which one

  std::size_t end() const noexcept { return item + count; }
};

/// Runs items from begin on. run(at) runs items until one fails, and returns its code, or 0 at the end; it keeps
/// at on the item that runs. failed(at, result) tells whether to go on behind an item that failed. If an item
/// ends the thread, lost(at) runs on the way. Returns the end of what has been run.
template <class Run, class Failed, class Lost>
std::size_t run_items(CallScope& scope, std::size_t begin, Run run, Failed failed, Lost lost) {
  for (At at{begin};; at = {at.end()}) {
    const CallResult result = call_user(
        scope, [&] { return run(at); }, [&] { lost(at); });
    if (result.status == TP_OK) return at.item;
    if (!failed(at, result)) return at.end();
  }
}

/// The function that runs many items of the task in one call; nullptr where its fn has to run each.
inline tp_batch_fn batch_of(const tp_task_t& task) noexcept {
  return Function(task).is_plain() ? task.batch : nullptr;
}

/// As run of run_items: runs n items from at on by one call of the batch function. items and values are of item 0.
inline int run_batch(const tp_task_t& task, CallScope& scope, const void* items, void* values,
                     At& at, std::size_t n) {
  const std::size_t first = at.item;
  bool done = false;
  std::size_t& index = scope.begin_batch();
  const ScopeExit told([&] {
    at = done ? At{first + n} : index < n ? At{first + index} : At{first, n};
  });
  const int code = task.batch(
      task.ctx, task.item_size ? static_cast<const char*>(items) + first * task.item_size : nullptr,
      task.value_size ? static_cast<char*>(values) + first * task.value_size : nullptr, n, &index);
  if (code == 0) {
    index = n - 1;
    scope.drop_cause();
    done = true;
  } else if (index >= n) {
    scope.set_cause("a batch function failed, and its *at is not the index of an item", nullptr,
                    nullptr);
  }
  return code;
}

}  // namespace tp::core
