// SPDX-License-Identifier: MIT
// Stage 3: apply calls; from capi/submit, to queue/single.
#include "queue/single.h"
#include "submit/enter.h"

namespace tp::core {
namespace {

/// A task that needs no job: its entry in the lane is all of it.
int forget(Pool& pool, const tp_task_t& task, const void* item, const tp_job_options_t& options) {
  Entrance entrance(pool);
  if (!entrance.ok()) return TP_ENOMEM;
  const int status = entrance.enter(1, options.flags & TP_JOB_TRY);
  if (status == TP_OK) entrance.push(Entry::of(task, item));
  return status;
}

}  // namespace

int apply(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error) {
  Single* const job = Single::make(pool, task, item, value);
  return run_and_wait(pool, job, 1, {}, error, [&] { return job->help(Deadline::never()); });
}

int apply_async(Pool& pool, const tp_task_t& task, const void* item,
                const tp_job_options_t& options, Job** result) {
  if (!result && !options.callback && !options.error_callback && Entry::holds(task))
    return forget(pool, task, item, options);
  Single* const job = Single::make(pool, task, callbacks_of(options), result != nullptr);
  return submit(pool, job, 1, options, result, [&] { return job->take_item(item); });
}

}  // namespace tp::core
