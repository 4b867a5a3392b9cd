// SPDX-License-Identifier: MIT
// Stage 2: submit calls; from include/tpool, to src/submit/submit.
#include "tpool/submit.h"

#include "guard.h"
#include "handles.h"
#include "submit/submit.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

/// What every submit call is given, read and checked in the order of its arguments.
struct Call {
  Pool* pool;
  Sized<tp_task_t> task;
  Sized<tp_job_options_t> options;
  int status;

  explicit Call(tp_pool_t* handle) noexcept : pool(to_pool(handle)), status(check(handle)) {}

  Call& with(const tp_task_t* from) noexcept {
    return require(from && task.read(from) && task->fn && !task->flags);
  }
  Call& with(const tp_job_options_t* from) noexcept {
    return require(options.read(from) && !(options->flags & ~(TP_JOB_FAIL_FAST | TP_JOB_TRY)));
  }
  Call& without_callbacks() noexcept {
    return require(!options->callback && !options->error_callback);
  }
  /// An array of n elements: there, and not larger than memory.
  Call& array(const void* elements, std::size_t n, std::size_t size) noexcept {
    return require(elements || !n || !size).product(n, size);
  }
  Call& product(std::size_t n, std::size_t size) noexcept {
    std::size_t bytes = 0;
    if (status == TP_OK && __builtin_mul_overflow(n, size, &bytes)) status = TP_EOVERFLOW;
    if (status == TP_OK && bytes > PTRDIFF_MAX) status = TP_EOVERFLOW;
    return *this;
  }
  Call& require(bool holds) noexcept {
    if (status == TP_OK && !holds) status = TP_EINVAL;
    return *this;
  }
};

/// Makes an async call when its arguments are good; *result is NULL unless it is accepted.
template <class Submit>
int submit_async(const Call& call, tp_result_t** result, Submit submit) {
  if (result) *result = nullptr;
  if (call.status != TP_OK) return call.status;
  Job* job = nullptr;
  const int status = guard([&] { return submit(result ? &job : nullptr); });
  if (job) *result = to_handle(job);
  return status;
}

/// Makes a blocking call when its arguments are good; why it failed is the thread's last error.
template <class Submit>
int submit_and_wait(const Call& call, Submit submit) {
  return guard_with_error(
      [&](Error*& error) { return call.status == TP_OK ? submit(error) : call.status; });
}

int imap_call(tp_pool_t* pool, const tp_task_t* task, tp_source_fn source, void* ctx, bool ordered,
              const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.with(task).require(source).with(options).without_callbacks();
  call.product(1, call.task->item_size).product(1, call.task->value_size);
  return submit_async(call, result, [&](Job** job) {
    return imap(*call.pool, *call.task, source, ctx, ordered, *call.options, job);
  });
}

}  // namespace

extern "C" {

int tp_pool_apply(tp_pool_t* pool, const tp_task_t* task, const void* item, void* value) {
  Call call(pool);
  call.with(task).array(item, 1, call.task->item_size).array(value, 1, call.task->value_size);
  return submit_and_wait(
      call, [&](Error*& error) { return apply(*call.pool, *call.task, item, value, error); });
}

int tp_pool_apply_async(tp_pool_t* pool, const tp_task_t* task, const void* item,
                        const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.with(task).with(options).array(item, 1, call.task->item_size);
  call.product(1, call.task->value_size);
  return submit_async(call, result, [&](Job** job) {
    return apply_async(*call.pool, *call.task, item, *call.options, job);
  });
}

int tp_pool_map(tp_pool_t* pool, const tp_task_t* task, const void* items, void* values, size_t n,
                const tp_job_options_t* options) {
  Call call(pool);
  call.with(task).with(options).without_callbacks();
  call.array(items, n, call.task->item_size).array(values, n, call.task->value_size);
  return submit_and_wait(call, [&](Error*& error) {
    return map(*call.pool, *call.task, items, values, n, *call.options, error);
  });
}

int tp_pool_map_async(tp_pool_t* pool, const tp_task_t* task, const void* items, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.with(task).with(options).array(items, n, call.task->item_size);
  call.product(n, call.task->value_size);
  return submit_async(call, result, [&](Job** job) {
    return map_async(*call.pool, *call.task, items, n, *call.options, job);
  });
}

int tp_pool_imap(tp_pool_t* pool, const tp_task_t* task, tp_source_fn source, void* source_ctx,
                 const tp_job_options_t* options, tp_result_t** result) {
  return imap_call(pool, task, source, source_ctx, true, options, result);
}

int tp_pool_imap_unordered(tp_pool_t* pool, const tp_task_t* task, tp_source_fn source,
                           void* source_ctx, const tp_job_options_t* options,
                           tp_result_t** result) {
  return imap_call(pool, task, source, source_ctx, false, options, result);
}

int tp_pool_for(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n,
                const tp_job_options_t* options) {
  Call call(pool);
  call.require(fn).with(options).without_callbacks();
  return submit_and_wait(call, [&](Error*& error) {
    return for_range(*call.pool, fn, ctx, n, *call.options, error);
  });
}

int tp_pool_for_async(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.require(fn).with(options);
  return submit_async(call, result, [&](Job** job) {
    return for_async(*call.pool, fn, ctx, n, *call.options, job);
  });
}

}  // extern "C"
