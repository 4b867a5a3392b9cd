// SPDX-License-Identifier: MIT
// Stage 3: imap calls; from submit/submit, to queue/stream_job.
#include <algorithm>

#include "queue/stream_job.h"
#include "submit/enter.h"

namespace tp::core {
namespace {

/// The caller's window, or 16 chunks for each worker.
std::size_t window_of(const Pool& pool, const tp_job_options_t& options) noexcept {
  if (options.buffersize || !options.chunksize) return options.buffersize;
  std::size_t window = 0;
  const bool huge = __builtin_mul_overflow(16 * pool.worker_count(), options.chunksize, &window);
  return huge ? TP_UNBOUNDED : window;
}

}  // namespace

int imap(Pool& pool, const tp_task_t& task, tp_source_fn source, void* source_ctx, bool ordered,
         const tp_job_options_t& options, tp_result_t** result) {
  const bool fail_fast = options.flags & TP_JOB_FAIL_FAST;
  const std::size_t window = window_of(pool, options);
  const StreamShape shape{source,  source_ctx, options.source_drop, options.chunksize, window,
                          ordered, fail_fast};
  return submit(pool, StreamJob::make(pool, task, shape, result != nullptr), 0, options, result);
}

}  // namespace tp::core
