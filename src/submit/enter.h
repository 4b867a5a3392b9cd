// SPDX-License-Identifier: MIT
// Stage 3: what all submit calls have in common; from submit/*, to submit/admission.
#pragma once

#include "base/order.h"
#include "result/group.h"
#include "submit/admission.h"
#include "submit/submit.h"
#include "trace/traced.h"
#include "wait/wait.h"

namespace tp::core {

inline Callbacks callbacks_of(const tp_job_options_t& options) noexcept {
  return {options.callback, options.error_callback, options.user};
}

inline Priority priority_of(const tp_job_options_t& options) noexcept {
  if (options.flags & TP_JOB_URGENT) return Priority::urgent;
  return options.flags & TP_JOB_BACKGROUND ? Priority::background : Priority::normal;
}

/// Whether the job has a time or a group, which only a job with extras has.
inline bool needs_extras(const tp_job_options_t& options) noexcept {
  return options.deadline > 0 || options.start_after > 0 || options.item_deadline > 0 ||
         options.group;
}

/// Whether the pool takes the job in one step: it has no bound, and the job no times and the normal priority.
inline bool passes(Pool& pool, const tp_job_options_t& options) noexcept {
  return !pool.room().is_bounded() && !needs_extras(options) &&
         priority_of(options) == Priority::normal;
}

/// Whether a call that waits would wait for its own thread: jobs that this thread runs fill the group.
inline bool is_excluded(const tp_job_options_t& options) noexcept {
  return options.group && excludes_caller(*to_group(options.group));
}

/// The job's name for traces: its own, or that of its group; nullptr for none.
inline const char* name_of(const tp_job_options_t& options) noexcept {
  return options.name || !options.group ? options.name : to_group(options.group)->name();
}

/// Admits a job, or frees it.
template <class J>
int admit(Pool& pool, Admission& admission, J& job, std::size_t items,
          const tp_job_options_t& options) {
  const int status = admission.enter(items, options);
  if (status != TP_OK) {
    job.discard();
    return status;
  }
  if constexpr (J::kCanOpen) {
    job.extras().may_open = true;
    job.extras().priority = priority_of(options);
  }
  if (options.item_deadline > 0) job.extras().item_limit = Deadline::span(options.item_deadline);
  mark_submit(pool, &job, job.kind(), name_of(options));
  return TP_OK;
}

/// Admits and queues a job in one step, or frees it. No user code runs before the job does. REQUIRES: passes().
template <class J>
int pass(Pool& pool, J& job, std::size_t items, const char* name, tp_result_t** result) {
  order::release(&job);
  const int status = Admission::pass(pool, QueuedTask::of(job), items, [&] {
    if (result) *result = to_handle(&job);
    mark_submit(pool, &job, job.kind(), name);
  });
  if (status != TP_OK) job.discard();
  return status;
}

/// Admits a job and queues it, or frees it. accepted() runs between the two: before another thread can find the job. If
/// it returns false, it has ended the job.
template <class J, class Accepted>
int admit_and_push(Pool& pool, Admission& admission, J& job, std::size_t items,
                   const tp_job_options_t& options, Accepted accepted) {
  const int status = admit(pool, admission, job, items, options);
  if (status != TP_OK || !accepted()) return status;
  order::release(&job);
  admission.push(QueuedTask::of(job));
  return TP_OK;
}

/// The submitting thread runs the job in place of a worker. A job of many items goes where terminate and a cancel of
/// the pool find it.
template <class J>
void run_here(Pool& pool, J& job) {
  if constexpr (J::kCanOpen) pool.finder().open_jobs().hold(job);
  sync_point("enter.run_here");
  job.run_here();
}

/// Submits a job, or frees it. prepare() is as accepted() of admit_and_push; it may call user code.
template <class J, class Prepare>
int submit(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options,
           tp_result_t** result, Prepare prepare) {
  if (!job) return TP_ENOMEM;
  Admission admission(pool, priority_of(options), *job, options);
  bool queues = false;
  const auto take_handle = [&] {  // the thread is being ended
    if (result) *result = nullptr;
    if (result) job->drop_handle();
  };
  const auto lost = [&] {
    job->unref();  // the queue's reference
    take_handle();
  };
  const int status = admit_and_push(pool, admission, *job, items, options, [&] {
    if (result) *result = to_handle(job);
    call_or_else([&] { queues = prepare(); }, lost);
    if (!queues) job->unref();
    return queues;
  });
  if constexpr (J::kRunsHere)
    if (queues && admission.runs_here()) call_or_else([&] { run_here(pool, *job); }, take_handle);
  return status;
}

template <class J>
int submit(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options,
           tp_result_t** result) {
  return submit(pool, job, items, options, result, [] { return true; });
}

/// Takes part in a job that uses the caller's memory, by run(), which returns when the job is over. If the job has
/// failed, error gets a reference.
template <class J, class Run>
int take_outcome(J& job, Run run, Error*& error) {
  // an item has ended this thread, and the others still use its memory: so another thread waits in its place, and
  // helps, because the job may depend on work that only this thread's worker can do
  const auto abandon = [&job] {
    job.cut(TP_ECANCELED);
    call_elsewhere([&job] { wait_over(job); });
    order::acquire(order::ends(&job));
    job.drop_handle();
  };
  call_or_else(run, abandon);
  order::acquire(order::ends(&job));
  const int status = job.outcome();
  if (status != TP_OK) (error = job.lend_error())->retain();
  const auto lost = [&] {
    if (error) error->release();
  };
  call_or_else([&] { job.drop_handle(); }, lost);
  return status;
}

/// Admits a job, queues it and waits for it. If the job has failed, error gets a reference.
template <class J>
int run_and_wait(Pool& pool, J* job, std::size_t items, const tp_job_options_t& options,
                 Error*& error) {
  if (!job) return TP_ENOMEM;
  job->set_blocking();
  if (lacks_stack(job->helpable() || this_thread.pool) || is_excluded(options) ||
      runs_taken_from(&pool)) {
    job->discard();
    return TP_EDEADLK;
  }
  bool runs_here = false;
  if (!J::kCanOpen && passes(pool, options)) {
    if (const int status = pass(pool, *job, items, options.name, nullptr); status != TP_OK)
      return status;
  } else {
    Admission admission(pool, priority_of(options), *job, options);
    const int status = admit_and_push(pool, admission, *job, items, options, [] { return true; });
    if (status != TP_OK) return status;
    runs_here = admission.runs_here();
  }
  const auto run = [&] {
    if (runs_here) run_here(pool, *job);
    wait_over(*job);
  };
  return take_outcome(*job, run, error);
}

}  // namespace tp::core
