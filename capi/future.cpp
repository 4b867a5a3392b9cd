// SPDX-License-Identifier: MIT
// Stage 2: promises, continuations, and results of several results; from include/tpool, to src/submit/future.
#include "tpool/future.h"

#include "handles.h"
#include "refusal.h"
#include "submit/future.h"
#include "submit_checks.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

int check(const tp_promise_t* promise) {
  return tp::capi::check(to_promise(promise), HandleTag::promise);
}

int check_size(std::size_t value_size) {
  if (value_size <= PTRDIFF_MAX) return TP_OK;
  return refuse(TP_EOVERFLOW, "value_size is %zu; a value has at most %td bytes", value_size,
                PTRDIFF_MAX);
}

/// Says why the promise can't be set; TP_ECANCELED needs no sentence.
int refuse_set(int status) {
  if (status != TP_EINVAL) return status;
  return refuse(status, "promise was set, failed or is being set; it may be set once");
}

/// The task of a continuation gets the source, which the library gives it.
int check_item(const tp_task_t& task) {
  if (task.item_size && task.item_size != sizeof(tp_result_t*))
    return refuse(TP_EINVAL, "task.item_size is %zu; the item is a tp_result_t *, of %zu bytes",
                  task.item_size, sizeof(tp_result_t*));
  if (task.item_move || task.item_drop)
    return refuse(TP_EINVAL,
                  "task has item_move or item_drop; the library makes and drops the item");
  return TP_OK;
}

int refuse_option(const char* name) {
  return refuse(TP_EINVAL, "options.%s is set; a continuation has none", name);
}

int check_then_options(const tp_job_options_t& options, const Pool& pool) {
  constexpr std::uint32_t kAllowed =
      TP_JOB_URGENT | TP_JOB_BACKGROUND | TP_JOB_ON_SUCCESS | TP_JOB_UNBOUNDED;
  constexpr Flag kFlags[] = {{TP_JOB_URGENT, "TP_JOB_URGENT"},
                             {TP_JOB_BACKGROUND, "TP_JOB_BACKGROUND"},
                             {TP_JOB_ON_SUCCESS, "TP_JOB_ON_SUCCESS"},
                             {TP_JOB_UNBOUNDED, "TP_JOB_UNBOUNDED"}};
  int status = check_flags("options", options.flags, kAllowed, kFlags);
  if (status == TP_OK) status = check_options(options, pool, TP_JOB_ON_SUCCESS);
  if (status != TP_OK) return status;
  if (options.chunksize) return refuse_option("chunksize");
  if (options.buffersize) return refuse_option("buffersize");
  if (options.source_drop) return refuse_option("source_drop");
  if (options.ctx_drop) return refuse_option("ctx_drop");
  return options.submit_timeout > 0 ? refuse_option("submit_timeout") : TP_OK;
}

int check_when(tp_result_t* const* results, std::size_t n, tp_result_t** result) {
  if (const int status = check_given(result, "result"); status != TP_OK) return status;
  *result = nullptr;
  return check_all(results, n);
}

int start_when(tp_result_t* const* results, std::size_t n, bool needs_all, tp_result_t** result) {
  if (n) {
    const PoolOf pool(*to_job(results[0]));
    return when(*pool, to_jobs(results), n, needs_all, *result);
  }
  Pool* const pool = no_pool();
  return pool ? when(*pool, nullptr, 0, needs_all, *result) : int{TP_ENOMEM};
}

}  // namespace

extern "C" {

int tp_promise_create(tp_pool_t* pool, const tp_task_t* shape, tp_promise_t** promise,
                      tp_result_t** result) {
  if (promise) *promise = nullptr;
  if (result) *result = nullptr;
  Sized<tp_task_t> known;
  int status = tp::capi::check(pool);
  if (status == TP_OK) status = check_given(shape, "shape");
  if (status == TP_OK) status = check_given(promise, "promise");
  if (status == TP_OK) status = check_given(result, "result");
  if (status == TP_OK) status = known.read(shape, "shape");
  if (status == TP_OK) status = check_size(known->value_size);
  if (status != TP_OK) return status;
  Promise* made = nullptr;
  status = make_promise(*to_pool(pool), *known, made, *result);
  if (status == TP_OK) *promise = to_handle(made);
  return status;
}

int tp_promise_set(tp_promise_t* promise, const void* value) {
  if (const int status = check(promise); status != TP_OK) return status;
  PromiseJob& job = to_promise(promise)->job;
  if (job.has_value())
    if (const int status = check_given(value, "value"); status != TP_OK) return status;
  Error* error = nullptr;
  const int status = job.set(value, error);
  return error ? end_with_error(status, error) : refuse_set(status);
}

int tp_promise_fail(tp_promise_t* promise, int code, const char* message, void* payload,
                    void (*payload_drop)(void*)) {
  if (const int status = check(promise); status != TP_OK) return status;
  return refuse_set(to_promise(promise)->job.fail(code, message, payload, payload_drop));
}

void tp_promise_release(tp_promise_t* promise) {
  if (is_valid(to_promise(promise), HandleTag::promise)) to_promise(promise)->job.release();
}

int tp_result_then(tp_result_t* source, const tp_task_t* task, const tp_job_options_t* options,
                   tp_result_t** result) {
  if (result) *result = nullptr;
  Sized<tp_task_t> known;
  Sized<tp_job_options_t> how;
  int status = check_given(source, "source");
  if (status == TP_OK) status = tp::capi::check(source);
  if (status == TP_OK) status = check_given(task, "task");
  if (status == TP_OK) status = known.read(task, "task");
  if (status != TP_OK) return status;
  const PoolOf pool(*to_job(source));
  status = check_task(*known, *pool);
  if (status == TP_OK) status = check_item(*known);
  if (status == TP_OK) status = check_size(known->value_size);
  if (status == TP_OK) status = how.read(options, "options");
  if (status == TP_OK) status = check_then_options(*how, *pool);
  if (status != TP_OK) return status;
  TypedCall* const typed = TypedCall::of(*known);
  if (typed) typed->retain();
  Taker::Release* const release = lease_ctx(*known, *pool);
  if (release) known.own().ctx_drop = release;
  status = then(*pool, *to_job(source), *known, *how, result);
  if (typed && status != TP_OK) typed->release();
  if (release && status != TP_OK) release(known->ctx);
  return status;
}

int tp_when_all(tp_result_t* const* results, size_t n, tp_result_t** result) {
  const int status = check_when(results, n, result);
  return status == TP_OK ? start_when(results, n, true, result) : status;
}

int tp_when_any(tp_result_t* const* results, size_t n, tp_result_t** result) {
  const int status = check_when(results, n, result);
  if (status != TP_OK) return status;
  if (n == 0)
    return refuse(TP_EINVAL, "n is 0; the result is the first of at least 1 that is ready");
  return start_when(results, n, false, result);
}

}  // extern "C"
