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

/// Calls a task for one item. If the task ends the thread, lost() runs on the way.
template <class Lost>
CallResult run_item(const tp_task_t& task, CallScope& scope, const void* item, void* value,
                    Lost lost) {
  const auto call = [&] {
    return Function(task)(scope, task.ctx, task.item_size ? item : nullptr,
                          task.value_size ? value : nullptr);
  };
  return call_user(scope, call, lost);
}

/// Runs items from begin on. run(at) runs items until one fails, and returns its code, or 0 at the end; it keeps
/// at on the item that runs. failed(at, result) tells whether to go on behind an item that failed. If an item
/// ends the thread, lost(at) runs on the way. Returns the end of what has been run.
template <class Run, class Failed, class Lost>
std::size_t run_items(CallScope& scope, std::size_t begin, Run run, Failed failed, Lost lost) {
  for (std::size_t at = begin;; ++at) {
    const CallResult result = call_user(
        scope, [&] { return run(at); }, [&] { lost(at); });
    if (result.status == TP_OK) return at;
    if (!failed(at, result)) return at + 1;
  }
}

}  // namespace tp::core
