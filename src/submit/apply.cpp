// SPDX-License-Identifier: MIT
// Stage 3: apply calls; from submit/submit, to queue/apply_job.
#include "queue/apply_job.h"
#include "queue/items.h"
#include "submit/enter.h"
#include "submit/inline_call.h"

namespace tp::core {
namespace {

/// Queues a task that needs no job: its queued task in the submit queue is all of it.
int forget(Pool& pool, const tp_task_t& task, const void* item, const tp_job_options_t& options) {
  if (passes(pool, options)) return Admission::pass(pool, QueuedTask::of(task, item), 1, [] {});
  Admission admission(pool, priority_of(options));
  const int status = admission.enter(1, options);
  if (status == TP_OK) admission.push(QueuedTask::of(task, item));
  return status;
}

int apply_here(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error) {
  InlineCall inline_call(pool, 1, JobKind::apply, nullptr);
  if (inline_call.status() != TP_OK) return inline_call.status();
  inline_call.ran(1);
  const Traced<Point::task> probed({&pool, nullptr}, nullptr, JobKind::apply, 0, 1);
  CallScope scope(CallScope::Kind::task, &pool, nullptr);
  inline_call.note_in(scope);
  const CallResult result = run_item(task, scope, item, value, [&] { inline_call.fail(); });
  if (result.status == TP_OK) return TP_OK;
  inline_call.fail();
  error = Error::make(result.status, result.code, 0, scope.take_cause());
  return result.status;
}

}  // namespace

int apply(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error) {
  if (InlineCall::is_allowed(pool, task.fn) && !task.ctx_drop)
    return apply_here(pool, task, item, value, error);
  ApplyJob* const job = ApplyJob::make(pool, task, item, value);
  return run_and_wait(pool, job, 1, {}, error);
}

int apply_async(Pool& pool, const tp_task_t& task, const void* item,
                const tp_job_options_t& options, tp_result_t** result) {
  const bool has_name = options.name && pool.trace();  // a queued task has no room for it
  const bool is_forgotten = !result && !options.callback && !options.error_callback;
  const bool is_bare =
      !needs_extras(options) && !(options.flags & TP_JOB_CALLER_RUNS) && !pool.taker();
  if (is_forgotten && !has_name && is_bare && QueuedTask::holds(task))
    return forget(pool, task, item, options);
  ApplyJob* const job =
      ApplyJob::make(pool, task, callbacks_of(options), result != nullptr, needs_extras(options));
  if (job && pool.taker())  // who asks for the level (tp_seam_level)
    job->extras().priority = priority_of(options);
  if (job && !task.item_move && passes(pool, options)) {
    job->take_item(task, item);
    return pass(pool, *job, 1, options.name, result);
  }
  return submit(pool, job, 1, options, result, [&] { return job->take_item(task, item); });
}

int apply_directly(Pool& pool, const tp_task_t& task, const void* item, tp_result_t** result) {
  if (pool.room().is_bounded() || pool.reports() || pool.taker())
    return apply_async(pool, task, item, {}, result);
  if (!result && QueuedTask::fits(task))
    return Admission::pass(pool, QueuedTask::of(task, item), 1, [] {});
  ApplyJob* const job = ApplyJob::make_bare(pool, task, item, result != nullptr);
  return job ? pass(pool, *job, 1, nullptr, result) : int{TP_ENOMEM};
}

}  // namespace tp::core
