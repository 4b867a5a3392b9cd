// SPDX-License-Identifier: MIT
// Stage 2: pools, their hosts and their traces; from include/tpool, to src/worker/pool.
#include "tpool/pool.h"

#include <algorithm>

#include "handles.h"
#include "tpool/host.h"
#include "tpool/trace.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

constexpr std::size_t kMostWorkers = 4096;

bool is_valid(const tp_pool_options_t& options) noexcept {
  constexpr std::uint32_t kKnown =
      TP_POOL_CALLER_HELPS | TP_POOL_MANUAL_CALLBACKS | TP_POOL_NO_THREADS | TP_POOL_KEEP_SIGNALS;
  const bool places = options.cpus || options.nice;
  return (options.flags & ~kKnown) == 0 && options.workers <= kMostWorkers &&
         !options.cpus == !options.n_cpus && options.nice >= -20 && options.nice <= 19 &&
         !(places && (options.flags & TP_POOL_NO_THREADS));
}

}  // namespace

extern "C" {

int tp_pool_create(const tp_pool_options_t* options, tp_pool_t** pool) {
  if (!pool) return TP_EINVAL;
  *pool = nullptr;
  Sized<tp_pool_options_t> known;
  if (!known.read(options) || !is_valid(*known)) return TP_EINVAL;
  Pool* made = nullptr;
  const int status = Pool::create(*known, made);
  *pool = to_handle(made);
  return status;
}

int tp_pool_close(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  to_pool(pool)->close();
  return TP_OK;
}

int tp_pool_terminate(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  to_pool(pool)->terminate();
  return seen(*to_pool(pool), TP_OK);
}

int tp_pool_join(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool, is_timeout(timeout)); status != TP_OK) return status;
  return seen(*to_pool(pool), to_pool(pool)->join(Deadline::in(timeout)));
}

int tp_pool_wait_idle(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool, is_timeout(timeout)); status != TP_OK) return status;
  return seen(*to_pool(pool), to_pool(pool)->wait_idle(Deadline::in(timeout)));
}

void tp_pool_destroy(tp_pool_t* pool) {
  if (check(pool) == TP_OK) to_pool(pool)->destroy();
}

int tp_pool_pause(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  return to_pool(pool)->pause();
}

int tp_pool_resume(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  to_pool(pool)->resume();
  return TP_OK;
}

int tp_pool_resize(tp_pool_t* pool, size_t workers) {
  if (const int status = check(pool, workers <= kMostWorkers); status != TP_OK) return status;
  return to_pool(pool)->resize(workers);
}

int tp_pool_workers(const tp_pool_t* pool, size_t* workers) {
  if (const int status = check(pool, workers); status != TP_OK) return status;
  *workers = to_pool(pool)->worker_count();
  return TP_OK;
}

int tp_pool_stats(const tp_pool_t* pool, tp_pool_stats_t* stats) {
  if (const int status = check(pool, stats); status != TP_OK) return status;
  Sized<tp_pool_stats_t> known;
  if (!known.read(stats)) return TP_EINVAL;
  tp_pool_stats_t now{};
  to_pool(pool)->stats(now);
  now.size = stats->size;
  std::memcpy(stats, &now, std::min(now.size, sizeof now));
  return seen(*to_pool(pool), TP_OK);
}

int tp_worker_enter(tp_pool_t* pool, tp_task_fn dispatch, double timeout, size_t* ran) {
  if (const int status = check(pool); status != TP_OK) return status;
  Pool& entered = *to_pool(pool);
  if (!is_timeout(timeout) || !entered.is_hosted()) return TP_EINVAL;
  if (CallScope::inside(&entered) || this_thread.pool == &entered) return TP_EDEADLK;
  size_t count = 0;
  const int status = seen(entered, entered.workers().enter(dispatch, Deadline::in(timeout), count));
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_pool_run_callbacks(tp_pool_t* pool, double timeout, size_t* ran) {
  if (const int status = check(pool, is_timeout(timeout)); status != TP_OK) return status;
  size_t count = 0;
  const int status =
      seen(*to_pool(pool), to_pool(pool)->run_callbacks(Deadline::in(timeout), count));
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_pool_fd(tp_pool_t* pool, int* fd) {
  if (!fd) return TP_EINVAL;
  *fd = -1;
  if (const int status = check(pool); status != TP_OK) return status;
  if (!to_pool(pool)->callbacks().is_manual()) return TP_EINVAL;
  *fd = to_pool(pool)->callbacks().fd();
  return *fd < 0 ? TP_EAGAIN : TP_OK;
}

int tp_pool_trace_start(tp_pool_t* pool, const char* path) {
  if (const int status = check(pool, path); status != TP_OK) return status;
  return to_pool(pool)->start_trace(path);
}

int tp_pool_trace_stop(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  return to_pool(pool)->stop_trace();
}

}  // extern "C"
