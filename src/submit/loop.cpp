// SPDX-License-Identifier: MIT
// Stage 3: map, for and reduce calls; from submit/submit, to queue/loop_job.
#include "queue/loop_job.h"

#include <utility>

#include "queue/cost.h"
#include "queue/quick_loop.h"
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

/// Whether one thread may run it.
bool is_simple(Pool& pool, const tp_job_options_t& options, void (*ctx_drop)(void*)) noexcept {
  return !options.chunksize && !ctx_drop && !needs_extras(options) && !pool.taker();
}

/// Runs a loop that is not worth sharing on this thread.
int run_inline(Pool& pool, QuickItems& items, const char* name, Error*& error) {
  InlineCall inline_call(pool, items.count(), items.kind(), name);
  if (inline_call.status() != TP_OK) return inline_call.status();
  if (items.count() == 0) return TP_OK;
  const auto ended = [&] {
    inline_call.ran(items.ran());
    error = items.take_error();
    if (error) inline_call.fail();
  };
  const auto lost = [&] {
    ended();
    if (error) error->release();
  };
  const Traced<Point::chunk> probed({&pool, nullptr}, nullptr, JobKind::loop, 0, items.count());
  CallScope scope(CallScope::Kind::task, &pool, nullptr);
  inline_call.note_in(scope);
  items.run(scope, lost);
  ended();
  return error ? error->status() : TP_OK;
}

/// The same on this thread if it may run items, else on a worker.
int run_quick(Pool& pool, QuickItems& items, const tp_job_options_t& options, Error*& error) {
  if (InlineCall::is_allowed(pool, !items.needs_worker()))
    return run_inline(pool, items, options.name, error);
  return run_and_wait(pool, QuickLoop::make(pool, items), items.count(), options, error);
}

RangeTask task_of(tp_range_fn fn, void* ctx, const tp_job_options_t& options) noexcept {
  return {fn, ctx, options.ctx_drop, reinterpret_cast<void*>(fn)};
}

/// Runs a loop and waits. If it was quick the last time, one thread runs all items; else make() makes a job for many.
/// fn and ctx are the key of its cost.
template <class Make>
int run_loop(Pool& pool, QuickItems& items, const void* fn, void* ctx,
             const tp_job_options_t& options, bool is_simple, Make make, Error*& error) {
  if (!is_simple) return run_and_wait(pool, make(), items.count(), options, error);
  const QuickProbe probe(fn, ctx, items.count());
  if (probe.is_quick()) {
    if (probe.is_unsure()) items.time();
    const int status = run_quick(pool, items, options, error);
    probe.done(items.spent_ns());
    return status;
  }
  std::atomic<float> unit_ns{0};
  LoopJob* const loop = make();
  if (loop) loop->tell_cost(unit_ns);
  const int status = run_and_wait(pool, loop, items.count(), options, error);
  probe.note(unit_ns.load());
  return status;
}

int run_for(Pool& pool, const RangeTask& range, std::size_t n, const tp_job_options_t& options,
            Error*& error) {
  QuickItems quick(range, n);
  const auto make = [&] {
    return LoopJob::make_for(pool, range, shape_of(n, options, false), {}, true);
  };
  return run_loop(pool, quick, range.cost_key, range.ctx, options,
                  is_simple(pool, options, range.ctx_drop), make, error);
}

}  // namespace

int map(Pool& pool, const tp_task_t& task, const void* items, void* values, std::size_t n,
        const tp_job_options_t& options, Error*& error) {
  QuickItems quick(task, items, values, n, options.flags & TP_JOB_FAIL_FAST);
  const auto make = [&] {
    return LoopJob::make_map(pool, task, items, values, shape_of(n, options, false), {}, true);
  };
  return run_loop(pool, quick, reinterpret_cast<void*>(task.fn), task.ctx, options,
                  is_simple(pool, options, task.ctx_drop), make, error);
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
