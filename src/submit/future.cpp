// SPDX-License-Identifier: MIT
// Stage 3: promises, continuations, and jobs that wait for several; from capi/future, to queue/*.
#include "submit/future.h"

#include "queue/then_job.h"
#include "queue/when_job.h"
#include "submit/enter.h"

namespace tp::core {
namespace {

/// Admits a job that something else than a queue lets start or ends, or frees it. accepted() runs before another thread
/// can find it. Then the caller has a reference.
template <class J, class Accepted>
int hold_back(Pool& pool, J& job, std::size_t items, const tp_job_options_t& options,
              Accepted accepted) {
  Admission admission(pool, priority_of(options), job, options);
  admission.hold_for_source(job, priority_of(options));
  return admit_and_push(pool, admission, job, items, options, [&] {
    job.ref();
    accepted();
    return true;
  });
}

}  // namespace

int make_promise(Pool& pool, const tp_task_t& shape, Promise*& promise, tp_result_t*& result) {
  PromiseJob* const job = PromiseJob::make(pool, shape);
  if (!job) return TP_ENOMEM;
  return hold_back(pool, *job, 1, {}, [&] {
    job->begin();
    promise = &job->promise();  // with the reference
    result = to_handle(job);
  });
}

int then(Pool& pool, Job& source, const tp_task_t& task, const tp_job_options_t& options,
         tp_result_t** result) {
  const bool on_success = options.flags & TP_JOB_ON_SUCCESS;
  ThenJob* const job =
      ThenJob::make(pool, task, callbacks_of(options), source, on_success, result != nullptr);
  if (!job) return TP_ENOMEM;
  tp_job_options_t unbounded = options;
  unbounded.flags |= TP_JOB_UNBOUNDED;  // of its group's room
  const int status = hold_back(pool, *job, 1, unbounded, [&] {
    if (result) *result = to_handle(job);
  });
  if (status == TP_OK) job->follow();
  return status;
}

Pool* no_pool() noexcept {
  static std::atomic<Pool*> shared{nullptr};
  Pool* pool = shared.load();
  if (pool && pool->handle_tag().check(HandleTag::pool) == TP_OK) return pool;  // not a parent's
  tp_pool_options_t options{};
  options.workers = 1;
  options.flags = TP_POOL_NO_THREADS;
  Pool* made = nullptr;
  if (Pool::create(options, made) != TP_OK) return nullptr;
  if (shared.compare_exchange_strong(pool, made)) return made;
  made->destroy();
  return pool;
}

int when(Pool& pool, Job* const* jobs, std::size_t count, bool needs_all, tp_result_t*& result) {
  WhenJob* const job = WhenJob::make(pool, jobs, count, needs_all);
  if (!job) return TP_ENOMEM;
  const int status = hold_back(pool, *job, 0, {}, [&] { result = to_handle(job); });
  if (status == TP_OK) job->follow();
  return status;
}

}  // namespace tp::core
