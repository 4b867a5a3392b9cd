// SPDX-License-Identifier: MIT
// Stage 3: map and for calls; from capi/submit, to queue/loop.
#include "queue/loop.h"

#include "submit/enter.h"

namespace tp::core {
namespace {

LoopShape shape_of(std::size_t n, const tp_job_options_t& options, bool asked) noexcept {
  return {n, options.chunksize, (options.flags & TP_JOB_FAIL_FAST) != 0, asked};
}

/// Whether somebody may ask for the statuses of an async loop's items.
bool is_asked(const tp_job_options_t& options, Job** result) noexcept {
  return result || options.callback || options.error_callback;
}

int run_and_wait(Pool& pool, Loop* loop, std::size_t n, const tp_job_options_t& options,
                 Error*& error) {
  return run_and_wait(pool, loop, n, options, error, [&] { return loop->run_small(); });
}

}  // namespace

int map(Pool& pool, const tp_task_t& task, const void* items, void* values, std::size_t n,
        const tp_job_options_t& options, Error*& error) {
  Loop* const loop =
      Loop::make_map(pool, task, items, values, shape_of(n, options, false), {}, true);
  return run_and_wait(pool, loop, n, options, error);
}

int for_range(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n,
              const tp_job_options_t& options, Error*& error) {
  Loop* const loop = Loop::make_for(pool, fn, ctx, options.ctx_drop,
                                    shape_of(n, options, false), {}, true);
  return run_and_wait(pool, loop, n, options, error);
}

int map_async(Pool& pool, const tp_task_t& task, const void* items, std::size_t n,
              const tp_job_options_t& options, Job** result) {
  const LoopShape shape = shape_of(n, options, is_asked(options, result));
  Loop* const loop = Loop::make_map(pool, task, items, nullptr, shape, callbacks_of(options),
                                    result != nullptr);
  return submit(pool, loop, n, options, result);
}

int for_async(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n,
              const tp_job_options_t& options, Job** result) {
  const LoopShape shape = shape_of(n, options, is_asked(options, result));
  Loop* const loop = Loop::make_for(pool, fn, ctx, options.ctx_drop, shape,
                                    callbacks_of(options), result != nullptr);
  return submit(pool, loop, n, options, result);
}

}  // namespace tp::core
