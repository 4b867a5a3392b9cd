// SPDX-License-Identifier: MIT
// Stage 2: submit calls; from include/tpool, to src/submit/submit.
#include "tpool/submit.h"

#include "handles.h"
#include "refusal.h"
#include "result/group.h"
#include "submit/submit.h"
#include "submit_checks.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

constexpr Flag kTaskFlags[] = {{TP_TASK_CONFIRM, "TP_TASK_CONFIRM"}};
constexpr Flag kJobFlags[] = {
    {TP_JOB_FAIL_FAST, "TP_JOB_FAIL_FAST"},     {TP_JOB_TRY, "TP_JOB_TRY"},
    {TP_JOB_URGENT, "TP_JOB_URGENT"},           {TP_JOB_BACKGROUND, "TP_JOB_BACKGROUND"},
    {TP_JOB_KEEP_ERRORS, "TP_JOB_KEEP_ERRORS"}, {TP_JOB_CALLER_RUNS, "TP_JOB_CALLER_RUNS"},
    {TP_JOB_ON_SUCCESS, "TP_JOB_ON_SUCCESS"},   {TP_JOB_UNBOUNDED, "TP_JOB_UNBOUNDED"}};
/// Of each of these pairs a job has at most one.
constexpr Flag kJobPairs[] = {
    {TP_JOB_URGENT | TP_JOB_BACKGROUND, "TP_JOB_URGENT and TP_JOB_BACKGROUND"},
    {TP_JOB_FAIL_FAST | TP_JOB_KEEP_ERRORS, "TP_JOB_FAIL_FAST and TP_JOB_KEEP_ERRORS"},
    {TP_JOB_TRY | TP_JOB_UNBOUNDED, "TP_JOB_TRY and TP_JOB_UNBOUNDED"},
    {TP_JOB_TRY | TP_JOB_CALLER_RUNS, "TP_JOB_TRY and TP_JOB_CALLER_RUNS"}};

/// more: the flags that this call allows and others do not.
int check_job_flags(std::uint32_t flags, std::uint32_t more) {
  if (!flags) return TP_OK;
  more |= TP_JOB_FAIL_FAST | TP_JOB_TRY | TP_JOB_URGENT | TP_JOB_BACKGROUND | TP_JOB_UNBOUNDED;
  if (const int status = check_flags("options", flags, more, kJobFlags); status != TP_OK)
    return status;
  for (const Flag& pair : kJobPairs)
    if ((flags & pair.bit) == pair.bit)
      return refuse(TP_EINVAL, "options.flags has %s; a job may have one of them", pair.name);
  return TP_OK;
}

int check_seconds(const char* name, double seconds) {
  if (seconds >= 0) return TP_OK;  // no NaN
  return refuse(TP_EINVAL, "options.%s is %g; it must be a number of seconds, where 0 means none",
                name, seconds);
}

/// The group is of this pool, and goes with the flags.
int check_group(const tp_job_options_t& options, const Pool& pool) {
  if (!options.group) return TP_OK;
  if (const int status = check(options.group); status != TP_OK) return status;
  const Group& group = *to_group(options.group);
  if (&group.pool() != &pool)
    return refuse(TP_EINVAL,
                  "options.group is a group of another pool; it must be one of this pool");
  if (!(options.flags & TP_JOB_CALLER_RUNS) || !group.most_running()) return TP_OK;
  return refuse(
      TP_EINVAL,
      "options.group has max_running, and options.flags TP_JOB_CALLER_RUNS; a job that its "
      "caller runs would not keep to max_running");
}

}  // namespace

int tp::capi::check_options(const tp_job_options_t& options, const Pool& pool, std::uint32_t more) {
  int status = check_job_flags(options.flags, more);
  if (status == TP_OK) status = check_seconds("deadline", options.deadline);
  if (status == TP_OK) status = check_seconds("start_after", options.start_after);
  if (status == TP_OK) status = check_seconds("item_deadline", options.item_deadline);
  if (status == TP_OK) status = check_seconds("submit_timeout", options.submit_timeout);
  if (status == TP_OK) status = check_group(options, pool);
  if (status != TP_OK) return status;
  if (!(options.flags & TP_JOB_CALLER_RUNS) || options.start_after == 0) return TP_OK;
  return refuse(
      TP_EINVAL,
      "options.start_after is %g with TP_JOB_CALLER_RUNS; a caller that runs its job does not wait",
      options.start_after);
}

/// Whether the calling thread runs an item of the pool, and what it submits runs in this process, too.
bool inside_item(const Pool& pool) noexcept {
  const CallScope* const scope = CallScope::innermost(&pool);
  return !pool.taker() && scope && scope->is_item();
}

/// Calls whose work would stay in the memory of another process.
int check_is_local(const Pool& pool, const char* call) {
  if (!pool.checks() || inside_item(pool)) return TP_OK;
  return refuse(TP_ENOTSUP,
                "%s does not run in a cluster's pool: what it writes would stay in the memory of "
                "another process; use a map, whose values come back",
                call);
}

/// What comes from outside the items of a cluster's pool has to be able to run in another process.
int check_crosses(const tp_task_t& task, const Pool& pool) {
  const Taker* const checks = pool.checks();
  return checks && !inside_item(pool) ? checks->check(checks->ctx, task) : TP_OK;
}

Taker::Release* tp::capi::lease_ctx(const tp_task_t& task, const Pool& pool) {
  const Taker* const checks = pool.checks();
  return checks && task.ctx && checks->lease ? checks->lease(checks->ctx, task) : nullptr;
}

int tp::capi::check_task(const tp_task_t& task, const Pool& pool) {
  if (const int status = check_flags("task", task.flags, kTaskFlags); status != TP_OK)
    return status;
  if (TypedCall* const call = TypedCall::of(task)) return check(to_handle(call));
  if (task.fn || pool.is_hosted()) return TP_OK;
  return refuse(TP_EINVAL,
                "task.fn is NULL; only a pool with TP_POOL_NO_THREADS runs tasks without one");
}

namespace {

/// An array of n elements: not larger than memory.
int check_product(const char* name, std::size_t n, std::size_t size) {
  std::size_t bytes = 0;
  if (!__builtin_mul_overflow(n, size, &bytes) && bytes <= PTRDIFF_MAX) return TP_OK;
  return refuse(TP_EOVERFLOW, "%s are %zu of %zu bytes each; an array has at most %td bytes", name,
                n, size, PTRDIFF_MAX);
}

/// And not NULL.
int check_array(const char* name, const void* elements, std::size_t n, std::size_t size) {
  if (!elements && n && size)
    return refuse(TP_EINVAL, "%s is NULL; it must lead to %zu x %zu bytes", name, n, size);
  return check_product(name, n, size);
}

/// The arguments of a submit call. Each is read and checked in turn; the first that is wrong sets status.
struct Call {
  Pool* pool;
  Sized<tp_task_t> task;
  Sized<tp_job_options_t> options;
  int status;
  TypedCall* typed = nullptr;
  Taker::Release* release = nullptr;  // of the task's ctx
  bool is_told = false;  // the thread's last error says why the call is refused

  explicit Call(tp_pool_t* handle) : pool(to_pool(handle)), status(check(handle)) {}

  Call& with(const tp_task_t* from) {
    return require([&] { return check_given(from, "task"); })
        .require([&] { return task.read(from, "task"); })
        .require([&] { return check_task(*task, *pool); })
        .require([&] { return check_crosses(*task, *pool); });
  }
  /// The task of a typed call, as tp_call_task fills it.
  Call& with(const tp_call_t* from) {
    require([&] { return check(from); });
    if (status == TP_OK) task.own() = to_call(from)->task();
    return require([&] { return check_crosses(*task, *pool); });
  }
  /// more: the flags that this call allows and others do not.
  Call& with(const tp_job_options_t* from, std::uint32_t more = 0) {
    if (!from) return *this;
    return require([&] { return options.read(from, "options"); }).require([&] {
      return check_options(*options, *pool, more);
    });
  }
  Call& with(tp_range_fn fn) {
    return require([&] { return check_given(fn, "fn"); });
  }
  Call& without_callbacks() {
    if (!options->callback && !options->error_callback) return *this;
    return require([] {
      return refuse(TP_EINVAL, "options has a callback; calls that wait and streams have none");
    });
  }
  Call& array(const char* name, const void* elements, std::size_t n, std::size_t size) {
    return require([&] { return check_array(name, elements, n, size); });
  }
  Call& product(const char* name, std::size_t n, std::size_t size) {
    return require([&] { return check_product(name, n, size); });
  }
  /// check() refuses, or returns TP_OK.
  template <class Check>
  Call& require(Check check) {
    if (status == TP_OK) status = check();
    return *this;
  }
  /// Whether to call the core. From here on the call owns the task's typed call, and what a cluster lends it.
  bool begin() {
    is_told = status != TP_OK;
    if (is_told) return false;
    if ((typed = TypedCall::of(*task))) typed->retain();
    release = lease_ctx(*task, *pool);
    return true;
  }
  void give_back() noexcept {
    if (typed) typed->release();
    if (release) release(task->ctx);
  }
};

/// A call that does not wait. Its job, once accepted, owns what the call has owned until ctx_drop.
struct AsyncCall : Call {
  /// *result is NULL unless the call is accepted.
  AsyncCall(tp_pool_t* handle, tp_result_t** wanted) : Call(handle), result(wanted) {
    if (result) *result = nullptr;
  }
  bool begin() {
    if (Call::begin() && release) task.own().ctx_drop = release;
    return !is_told;
  }
  /// Follows begin(), unless the core ends the thread: then the job has been accepted.
  int end(int ended) noexcept {
    if (ended != TP_OK) give_back();
    return ended;
  }

  tp_result_t** const result;  // nullptr: the caller wants no handle
};

/// A call that waits. It owns that in place of the job: a job without hooks is faster.
struct BlockingCall : Call {
  using Call::Call;
  ~BlockingCall() { give_back(); }
  BlockingCall(const BlockingCall&) = delete;
  BlockingCall& operator=(const BlockingCall&) = delete;

  bool begin() {
    if (Call::begin() && typed) task.own().ctx_drop = nullptr;
    return status == TP_OK;
  }
  int end() { return is_told ? status : end_with_error(status, error); }

  Error* error = nullptr;
};

/// Whether a call without options is right, and its task plain: without hooks, with a small item and value.
bool is_direct(const tp_pool_t* pool, const tp_task_t* task, const void* item) noexcept {
  constexpr std::size_t kFirst = offsetof(tp_task_t, batch);  // the size in version 1.0
  constexpr std::size_t kSmall = 256;
  return task && task->size >= kFirst && task->size <= sizeof *task && task->fn && !task->flags &&
         !task->item_move && !task->item_drop && !task->value_drop && !task->ctx_drop &&
         (item || !task->item_size) && task->item_size <= kSmall && task->value_size <= kSmall &&
         is_valid(pool) && !to_pool(pool)->checks();
}

/// name: of items.
int map_and_wait(BlockingCall& call, const char* name, const void* items, void* values,
                 std::size_t n) {
  call.array(name, items, n, call.task->item_size);
  call.array("values", values, n, call.task->value_size);
  if (call.begin())
    call.status = map(*call.pool, *call.task, items, values, n, *call.options, call.error);
  return call.end();
}

int start_map(AsyncCall& call, const char* name, const void* items, std::size_t n) {
  call.array(name, items, n, call.task->item_size);
  call.product("values", n, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(map_async(*call.pool, *call.task, items, n, *call.options, call.result));
}

int start_imap(AsyncCall& call, tp_source_fn source, void* ctx, bool ordered) {
  call.without_callbacks().require([&] {
    if (source || call.result) return int{TP_OK};
    return refuse(TP_EINVAL,
                  "source and result are NULL; a stream without a source needs a result");
  });
  call.product("items", 1, call.task->item_size).product("values", 1, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(imap(*call.pool, *call.task, source, ctx, ordered, *call.options, call.result));
}

}  // namespace

extern "C" {

int tp_pool_apply(tp_pool_t* pool, const tp_task_t* task, const void* item, void* value) {
  BlockingCall call(pool);
  call.with(task).array("item", item, 1, call.task->item_size);
  call.array("value", value, 1, call.task->value_size);
  if (call.begin()) call.status = apply(*call.pool, *call.task, item, value, call.error);
  return call.end();
}

int tp_pool_apply_async(tp_pool_t* pool, const tp_task_t* task, const void* item,
                        const tp_job_options_t* options, tp_result_t** result) {
  if (!options && is_direct(pool, task, item)) {
    if (result) *result = nullptr;
    return apply_directly(*to_pool(pool), *task, item, result);
  }
  AsyncCall call(pool, result);
  call.with(task).with(options, TP_JOB_CALLER_RUNS).array("item", item, 1, call.task->item_size);
  call.product("value", 1, call.task->value_size);
  if (!call.begin()) return call.status;
  return call.end(apply_async(*call.pool, *call.task, item, *call.options, call.result));
}

int tp_pool_map(tp_pool_t* pool, const tp_task_t* task, const void* items, void* values, size_t n,
                const tp_job_options_t* options) {
  BlockingCall call(pool);
  call.with(task).with(options, TP_JOB_CALLER_RUNS).without_callbacks();
  return map_and_wait(call, "items", items, values, n);
}

int tp_pool_map_async(tp_pool_t* pool, const tp_task_t* task, const void* items, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(task).with(options, TP_JOB_KEEP_ERRORS | TP_JOB_CALLER_RUNS);
  return start_map(call, "items", items, n);
}

int tp_pool_starmap(tp_pool_t* pool, const tp_call_t* typed, const void* rows, void* values,
                    size_t n, const tp_job_options_t* options) {
  BlockingCall call(pool);
  call.with(typed).with(options, TP_JOB_CALLER_RUNS).without_callbacks();
  return map_and_wait(call, "rows", rows, values, n);
}

int tp_pool_starmap_async(tp_pool_t* pool, const tp_call_t* typed, const void* rows, size_t n,
                          const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(typed).with(options, TP_JOB_KEEP_ERRORS | TP_JOB_CALLER_RUNS);
  return start_map(call, "rows", rows, n);
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
  call.with(fn).with(options, TP_JOB_CALLER_RUNS).without_callbacks();
  call.require([&] { return check_is_local(*call.pool, "tp_pool_for"); });
  if (call.begin()) call.status = for_range(*call.pool, fn, ctx, n, *call.options, call.error);
  return call.end();
}

int tp_pool_team(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n) {
  BlockingCall call(pool);
  call.with(fn);
  call.require([&] { return check_is_local(*call.pool, "tp_pool_team"); });
  if (call.begin()) call.status = team(*call.pool, fn, ctx, n, call.error);
  return call.end();
}

int tp_pool_reduce(tp_pool_t* pool, const tp_reduce_t* reduce, size_t n,
                   const tp_job_options_t* options, void* value) {
  BlockingCall call(pool);
  Sized<tp_reduce_t> how;
  call.require([&] { return check_given(reduce, "reduce"); })
      .require([&] { return how.read(reduce, "reduce"); })
      .require([&] { return check_given(how->fn, "reduce.fn"); })
      .require([&] { return check_given(how->combine, "reduce.combine"); });
  call.with(options, TP_JOB_CALLER_RUNS).without_callbacks();
  call.require([&] {
    if (how->value_size <= PTRDIFF_MAX) return int{TP_OK};
    return refuse(TP_EOVERFLOW, "reduce.value_size is %zu; a partial has at most %td bytes",
                  how->value_size, PTRDIFF_MAX);
  });
  call.require([&] { return check_is_local(*call.pool, "tp_pool_reduce"); });
  call.array("reduce.identity", how->identity, 1, how->value_size);
  call.array("value", value, 1, how->value_size);
  if (call.begin())
    call.status = tp::core::reduce(*call.pool, *how, n, *call.options, value, call.error);
  return call.end();
}

int tp_pool_for_async(tp_pool_t* pool, tp_range_fn fn, void* ctx, size_t n,
                      const tp_job_options_t* options, tp_result_t** result) {
  AsyncCall call(pool, result);
  call.with(fn).with(options, TP_JOB_CALLER_RUNS);
  call.require([&] { return check_is_local(*call.pool, "tp_pool_for_async"); });
  if (!call.begin()) return call.status;
  return call.end(for_async(*call.pool, fn, ctx, n, *call.options, call.result));
}

}  // extern "C"
