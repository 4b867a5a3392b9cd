// SPDX-License-Identifier: MIT
// Stage 2: submit calls; from include/tpool, to src/submit/submit.
#include "tpool/submit.h"

#include "handles.h"
#include "submit/submit.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

/// The arguments of a submit call. Each is read and checked in turn; the first that is wrong sets status.
struct Call {
  Pool* pool;
  Sized<tp_task_t> task;
  Sized<tp_job_options_t> options;
  int status;
  TypedCall* typed = nullptr;

  explicit Call(tp_pool_t* handle) noexcept : pool(to_pool(handle)), status(check(handle)) {}

  Call& with(const tp_task_t* from) noexcept {
    require(from && task.read(from) && !(task->flags & ~TP_TASK_CONFIRM));
    require(status == TP_OK && (task->fn || pool->is_hosted()));
    if (status != TP_OK) return *this;
    if (TypedCall* const call = TypedCall::of(*task)) status = check(to_handle(call));
    return *this;
  }
  /// The task of a typed call, as tp_call_task fills it.
  Call& with(const tp_call_t* from) noexcept {
    if (status == TP_OK && (status = check(from)) == TP_OK) task.own() = to_call(from)->task();
    return *this;
  }
  /// more: the flags that this call allows and others do not.
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
  /// An array of n elements: not NULL, and not larger than memory.
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
  /// Whether to call the core. From here on the call owns the task's typed call.
  bool begin() noexcept {
    if (status == TP_OK && (typed = TypedCall::of(*task))) typed->retain();
    return status == TP_OK;
  }
};

/// A call that does not wait. Its job, once accepted, owns the task's typed call until ctx_drop.
struct AsyncCall : Call {
  /// *result is NULL unless the call is accepted.
  AsyncCall(tp_pool_t* handle, tp_result_t** wanted) noexcept : Call(handle), result(wanted) {
    if (result) *result = nullptr;
  }
  /// Where the core puts the job: nowhere if the caller wants no handle.
  Job** place() noexcept { return result ? &job : nullptr; }
  /// Follows begin(), unless the core ends the thread: then the job has been accepted.
  int end(int ended) noexcept {
    if (typed && ended != TP_OK) typed->release();
    if (job) *result = to_handle(job);
    return ended;
  }

  tp_result_t** const result;
  Job* job = nullptr;
};

/// A call that waits. It owns the task's typed call in place of the job: a job without hooks is faster.
struct BlockingCall : Call {
  using Call::Call;
  ~BlockingCall() {
    if (typed) typed->release();
  }
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;

  bool begin() noexcept {
    if (Call::begin() && typed) task.own().ctx_drop = nullptr;
    return status == TP_OK;
  }
  int end() { return end_with_error(status, error); }

  Error* error = nullptr;
};

int map_and_wait(BlockingCall& call, const void* items, void* values, std::size_t n) {
  call.array(items, n, call.task->item_size).array(values, n, call.task->value_size);
  if (call.begin())
    call.status = map(*call.pool, *call.task, items, values, n, *call.options, call.error);
  return call.end();
}

int start_map(AsyncCall& call, const void* items, std::size_t n) {
  call.array(items, n, call.task->item_size).product(n, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(map_async(*call.pool, *call.task, items, n, *call.options, call.place()));
}

int start_imap(AsyncCall& call, tp_source_fn source, void* ctx, bool ordered) {
  call.require(source).without_callbacks();
  call.product(1, call.task->item_size).product(1, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(imap(*call.pool, *call.task, source, ctx, ordered, *call.options, call.place()));
}

}  // namespace

extern "C" {

int tp_pool_apply(tp_pool_t* pool, const tp_task_t* task, const void* item, void* value) {
  BlockingCall call(pool);
  call.with(task).array(item, 1, call.task->item_size).array(value, 1, call.task->value_size);
  if (call.begin()) call.status = apply(*call.pool, *call.task, item, value, call.error);
  return call.end();
}

int tp_pool_apply_async(tp_pool_t* pool, const tp_task_t* task, const void* item,
                        const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(task).with(options).array(item, 1, call.task->item_size);
  call.product(1, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(apply_async(*call.pool, *call.task, item, *call.options, call.place()));
}

int tp_pool_map(tp_pool_t* pool, const tp_task_t* task, const void* items, void* values, size_t n,
                const tp_job_options_t* options) {
  BlockingCall call(pool);
  call.with(task).with(options).without_callbacks();
  return map_and_wait(call, items, values, n);
}

int tp_pool_map_async(tp_pool_t* pool, const tp_task_t* task, const void* items, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(task).with(options, TP_JOB_KEEP_ERRORS);
  return start_map(call, items, n);
}

int tp_pool_starmap(tp_pool_t* pool, const tp_call_t* typed, const void* rows, void* values,
                    size_t n, const tp_job_options_t* options) {
  BlockingCall call(pool);
  call.with(typed).with(options).without_callbacks();
  return map_and_wait(call, rows, values, n);
}

int tp_pool_starmap_async(tp_pool_t* pool, const tp_call_t* typed, const void* rows, size_t n,
                          const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(typed).with(options, TP_JOB_KEEP_ERRORS);
  return start_map(call, rows, n);
}

int tp_pool_imap(tp_pool_t* pool, const tp_task_t* task, tp_source_fn source, void* source_ctx,
                 const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(task).with(options);
  return start_imap(call, source, source_ctx, true);
}

int tp_pool_imap_unordered(tp_pool_t* pool, const tp_task_t* task, tp_source_fn source,
                           void* source_ctx, const tp_job_options_t* options,
                           tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(task).with(options);
  return start_imap(call, source, source_ctx, false);
}

int tp_pool_for(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n,
                const tp_job_options_t* options) {
  BlockingCall call(pool);
  call.require(fn).with(options).without_callbacks();
  if (call.begin()) call.status = for_range(*call.pool, fn, ctx, n, *call.options, call.error);
  return call.end();
}

int tp_pool_for_async(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.require(fn).with(options);
  if (!call.begin()) return call.status;
  return call.end(for_async(*call.pool, fn, ctx, n, *call.options, call.place()));
}

}  // extern "C"
