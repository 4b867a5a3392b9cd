// SPDX-License-Identifier: MIT
// Stage 3: map, for and reduce calls; from submit/submit, to queue/loop_job.
#include "queue/loop_job.h"

#include <utility>

#include "queue/cost.h"
#include "queue/items.h"
#include "queue/reduction.h"
#include "submit/enter.h"
#include "submit/inline_call.h"

namespace tp::core {
namespace {

LoopShape shape_of(std::size_t n, const tp_job_options_t& options, bool asked) noexcept {
  return {n, options.chunksize, (options.flags & TP_JOB_FAIL_FAST) != 0, asked,
          (options.flags & TP_JOB_KEEP_ERRORS) != 0};
}

/// The shape of an async loop: asked, if a thread may ask for the statuses of its items.
LoopShape async_shape(std::size_t n, const tp_job_options_t& options,
                      tp_result_t** result) noexcept {
  return shape_of(n, options, result || options.callback || options.error_callback);
}

/// Whether a quick loop may run inline.
bool is_simple(Pool& pool, const tp_job_options_t& options, bool has_function,
               void (*ctx_drop)(void*)) noexcept {
  return InlineCall::is_allowed(pool, has_function) && !options.chunksize && !ctx_drop &&
         !needs_extras(options);
}

/// As run of run_items.
int run_here(const tp_task_t& task, CallScope& scope, const void* items, void* values, At& at,
             std::size_t n) {
  if (at.item == n) return 0;
  if (batch_of(task)) return run_batch(task, scope, items, values, at, n - at.item);
  const Function function(task);
  const auto* item =
      task.item_size ? static_cast<const char*>(items) + at.item * task.item_size : nullptr;
  auto* value = task.value_size ? static_cast<char*>(values) + at.item * task.value_size : nullptr;
  for (; at.item < n; ++at.item, item += task.item_size, value += task.value_size)
    if (const int code = function(scope, task.ctx, item, value)) return code;
  return 0;
}

/// Runs a map that is not worth sharing. After a failed item the others still run, except with TP_JOB_FAIL_FAST.
int map_here(Pool& pool, const tp_task_t& task, const void* items, void* values, std::size_t n,
             const tp_job_options_t& options, Error*& error) {
  InlineCall inline_call(pool, n, JobKind::map, options.name);
  if (inline_call.status() != TP_OK) return inline_call.status();
  if (n == 0) return TP_OK;
  const Traced<Point::chunk> probed({&pool, nullptr}, nullptr, JobKind::loop, 0, n);
  CallScope scope(CallScope::Kind::task, &pool, nullptr);
  inline_call.note_in(scope);
  const auto lost = [&](At at) {
    inline_call.ran(at.end());
    inline_call.fail();
    if (error) error->release();
  };
  const auto failed = [&](At at, CallResult result) {
    inline_call.fail();
    Error* const failure = Error::make(result.status, result.code, at.item, scope.take_cause());
    if (error)
      call_or_else([&] { failure->release(); }, [&] { lost(at); });
    else
      error = failure;
    return !(options.flags & TP_JOB_FAIL_FAST);
  };
  const auto run = [&](At& at) { return run_here(task, scope, items, values, at, n); };
  inline_call.ran(run_items(scope, 0, run, failed, lost));
  return error ? error->status() : TP_OK;
}

int for_here(Pool& pool, const RangeTask& range, std::size_t n, const char* name, Error*& error) {
  InlineCall inline_call(pool, n, JobKind::loop, name);
  if (inline_call.status() != TP_OK) return inline_call.status();
  inline_call.ran(n);
  if (n == 0) return TP_OK;
  const Traced<Point::chunk> probed({&pool, nullptr}, nullptr, JobKind::loop, 0, n);
  CallScope scope(CallScope::Kind::task, &pool, nullptr);
  inline_call.note_in(scope);
  const CallResult result = call_user(
      scope, [&] { return range.fn(range.ctx, 0, n); }, [&] { inline_call.fail(); });
  if (result.status == TP_OK) return TP_OK;
  inline_call.fail();
  error = Error::make(result.status, result.code, 0, scope.take_cause());
  return result.status;
}

RangeTask task_of(tp_range_fn fn, void* ctx, const tp_job_options_t& options) noexcept {
  return {fn, ctx, options.ctx_drop, reinterpret_cast<void*>(fn)};
}

/// Runs a for inline if it may, and was quick the last time.
int run_for(Pool& pool, const RangeTask& range, std::size_t n, const tp_job_options_t& options,
            Error*& error) {
  if (is_simple(pool, options, true, range.ctx_drop)) {
    const InlineProbe inline_probe(range.cost_key, range.ctx, n);
    if (inline_probe.is_quick()) {
      const int status = for_here(pool, range, n, options.name, error);
      inline_probe.done();
      return status;
    }
  }
  LoopJob* const loop = LoopJob::make_for(pool, range, shape_of(n, options, false), {}, true);
  return run_and_wait(pool, loop, n, options, error);
}

}  // namespace

int map(Pool& pool, const tp_task_t& task, const void* items, void* values, std::size_t n,
        const tp_job_options_t& options, Error*& error) {
  if (is_simple(pool, options, task.fn, task.ctx_drop)) {
    const InlineProbe inline_probe(reinterpret_cast<void*>(task.fn), task.ctx, n);
    if (inline_probe.is_quick()) {
      const int status = map_here(pool, task, items, values, n, options, error);
      inline_probe.done();
      return status;
    }
  }
  LoopJob* const loop =
      LoopJob::make_map(pool, task, items, values, shape_of(n, options, false), {}, true);
  return run_and_wait(pool, loop, n, options, error);
}

int for_range(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, const tp_job_options_t& options,
              Error*& error) {
  return run_for(pool, task_of(fn, ctx, options), n, options, error);
}

int reduce(Pool& pool, const tp_reduce_t& how, std::size_t n, const tp_job_options_t& options,
           void* value, Error*& error) {
  Reduction reduction(pool, how, n, options.chunksize, options.ctx_drop);
  if (!reduction.allocate(pool.worker_count() + 1)) return TP_ENOMEM;
  const RangeTask range{Reduction::run, &reduction,
                        options.ctx_drop ? Reduction::drop_ctx : nullptr,
                        reinterpret_cast<void*>(how.fn)};
  const int status = run_for(pool, range, n, options, error);
  if (status == TP_OK) reduction.copy_to(value);
  if (status != TP_ETASK || !reduction.lacks_memory()) return status;
  std::exchange(error, nullptr)->release();
  return TP_ENOMEM;
}

int map_async(Pool& pool, const tp_task_t& task, const void* items, std::size_t n,
              const tp_job_options_t& options, tp_result_t** result) {
  const LoopShape shape = async_shape(n, options, result);
  LoopJob* const loop = LoopJob::make_map(pool, task, items, nullptr, shape, callbacks_of(options),
                                          result != nullptr);
  return submit(pool, loop, n, options, result);
}

int for_async(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, const tp_job_options_t& options,
              tp_result_t** result) {
  const LoopShape shape = async_shape(n, options, result);
  LoopJob* const loop = LoopJob::make_for(pool, task_of(fn, ctx, options), shape,
                                          callbacks_of(options), result != nullptr);
  return submit(pool, loop, n, options, result);
}

}  // namespace tp::core
