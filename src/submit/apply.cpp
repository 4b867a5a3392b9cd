// SPDX-License-Identifier: MIT
// Stage 3: apply calls; from submit/submit, to queue/single.
#include "queue/items.h"
#include "queue/single.h"
#include "submit/aside.h"
#include "submit/enter.h"

namespace tp::core {
namespace {

/// Queues a task that needs no job: its entry in the lane is all of it.
int forget(Pool& pool, const tp_task_t& task, const void* item, const tp_job_options_t& options) {
  const Level level = level_of(options);
  if (!pool.room().is_bounded() && level == Level::normal)
    return Entrance::pass(pool, Entry::of(task, item));
  Entrance entrance(pool, level);
  const int status = entrance.enter(1, options.flags);
  if (status == TP_OK) entrance.push(Entry::of(task, item));
  return status;
}

int apply_here(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error) {
  Aside aside(pool, 1, JobKind::apply, nullptr);
  if (aside.status() != TP_OK) return aside.status();
  aside.ran(1);
  const Traced<Point::task> probed({&pool, nullptr}, nullptr, JobKind::apply, 0, 1);
  Frame frame(Frame::Kind::task, &pool, nullptr);
  const Verdict verdict = run_item(task, frame, item, value, [&] { aside.fail(); });
  if (verdict.status == TP_OK) return TP_OK;
  aside.fail();
  error = Error::make(verdict.status, verdict.code, 0, frame.take_cause());
  return verdict.status;
}

}  // namespace

int apply(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error) {
  if (Aside::is_allowed(pool, task.fn) && !task.ctx_drop)
    return apply_here(pool, task, item, value, error);
  Single* const job = Single::make(pool, task, item, value);
  return run_and_wait(pool, job, 1, {}, error);
}

int apply_async(Pool& pool, const tp_task_t& task, const void* item,
                const tp_job_options_t& options, Job** result) {
  const bool has_name = options.name && pool.trace();  // an entry has no room for it
  const bool is_forgotten = !result && !options.callback && !options.error_callback;
  if (is_forgotten && !has_name && !options.deadline && Entry::holds(task))
    return forget(pool, task, item, options);
  Single* const job =
      Single::make(pool, task, callbacks_of(options), result != nullptr, options.deadline != 0);
  return submit(pool, job, 1, options, result, [&] { return job->take_item(task, item); });
}

}  // namespace tp::core
