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
    require(from && task.read(from) && !(task->flags & ~TP_TASK_CONFIRM));
    require(status == TP_OK && (task->fn || pool->is_hosted()));
    if (status != TP_OK) return *this;
    if (const TypedCall* const typed = TypedCall::of(*task)) status = check(to_handle(typed));
    return *this;
  }
  /// The task of a typed call, as tp_call_task would fill it.
  Call& with(const tp_call_t* from) noexcept {
    if (status == TP_OK && (status = check(from)) == TP_OK) task.own() = to_call(from)->task();
    return *this;
  }
  /// more: what flags the call has besides those of all.
  Call& with(const tp_job_options_t* from, std::uint32_t more = 0) noexcept {
    if (!from) return *this;
    constexpr std::uint32_t kLevel = TP_JOB_URGENT | TP_JOB_BACKGROUND;
    constexpr std::uint32_t kErrors = TP_JOB_FAIL_FAST | TP_JOB_KEEP_ERRORS;
    constexpr std::uint32_t kRoom = TP_JOB_TRY | TP_JOB_UNBOUNDED;
    more |= TP_JOB_FAIL_FAST | kRoom | kLevel;
    return require(options.read(from) && !(options->flags & ~more) &&
                   (options->flags & kErrors) != kErrors && (options->flags & kLevel) != kLevel &&
                   (options->flags & kRoom) != kRoom && options->deadline >= 0);  // no NaN
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

/// Makes an async call when its arguments are good; *result is NULL unless it is accepted. Then its
/// job owns the task's typed call, until ctx_drop.
template <class Submit>
int submit_async(const Call& call, tp_result_t** result, Submit submit) {
  if (result) *result = nullptr;
  if (call.status != TP_OK) return call.status;
  Job* job = nullptr;
  TypedCall* const typed = TypedCall::of(*call.task);
  if (typed) typed->retain();
  const int status = guard([&] { return submit(result ? &job : nullptr); });
  if (typed && status != TP_OK) typed->release();
  if (job) *result = to_handle(job);
  return status;
}

/// Makes a blocking call when its arguments are good; why it failed is the thread's last error. The
/// caller itself owns the task's typed call meanwhile, because a job without hooks is quicker.
template <class Submit>
int submit_and_wait(Call& call, Submit submit) {
  TypedCall* const typed = call.status == TP_OK ? TypedCall::of(*call.task) : nullptr;
  if (typed) {
    typed->retain();
    call.task.own().ctx_drop = nullptr;
  }
  const Finally done([&] {
    if (typed) typed->release();
  });
  return guard_with_error(
      [&](Error*& error) { return call.status == TP_OK ? submit(error) : call.status; });
}

int map_and_wait(Call& call, const void* items, void* values, std::size_t n) {
  call.array(items, n, call.task->item_size).array(values, n, call.task->value_size);
  return submit_and_wait(call, [&](Error*& error) {
    return map(*call.pool, *call.task, items, values, n, *call.options, error);
  });
}

int start_map(Call& call, const void* items, std::size_t n, tp_result_t** result) {
  call.array(items, n, call.task->item_size).product(n, call.task->value_size);
  return submit_async(call, result, [&](Job** job) {
    return map_async(*call.pool, *call.task, items, n, *call.options, job);
  });
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
  return map_and_wait(call, items, values, n);
}

int tp_pool_map_async(tp_pool_t* pool, const tp_task_t* task, const void* items, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.with(task).with(options, TP_JOB_KEEP_ERRORS);
  return start_map(call, items, n, result);
}

int tp_pool_starmap(tp_pool_t* pool, const tp_call_t* typed, const void* rows, void* values,
                    size_t n, const tp_job_options_t* options) {
  Call call(pool);
  call.with(typed).with(options).without_callbacks();
  return map_and_wait(call, rows, values, n);
}

int tp_pool_starmap_async(tp_pool_t* pool, const tp_call_t* typed, const void* rows, size_t n,
                          const tp_job_options_t* options, tp_result_t** result) {
  Call call(pool);
  call.with(typed).with(options, TP_JOB_KEEP_ERRORS);
  return start_map(call, rows, n, result);
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
  return submit_and_wait(
      call, [&](Error*& error) { return for_range(*call.pool, fn, ctx, n, *call.options, error); });
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
