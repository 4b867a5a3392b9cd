// SPDX-License-Identifier: MIT
// Stage 2: pools; from include/tpool, to src/worker/pool.
#include "tpool/pool.h"

#include <algorithm>

#include "handles.h"

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
  if (const int status = check(pool); status != TP_OK) return status;
  if (!is_timeout(timeout)) return TP_EINVAL;
  return seen(*to_pool(pool), to_pool(pool)->join(Deadline::in(timeout)));
}

int tp_pool_wait_idle(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool); status != TP_OK) return status;
  if (!is_timeout(timeout)) return TP_EINVAL;
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
  if (const int status = check(pool); status != TP_OK) return status;
  if (workers > kMostWorkers) return TP_EINVAL;
  return to_pool(pool)->resize(workers);
}

int tp_pool_workers(const tp_pool_t* pool, size_t* workers) {
  if (const int status = check(pool); status != TP_OK) return status;
  if (!workers) return TP_EINVAL;
  *workers = to_pool(pool)->worker_count();
  return TP_OK;
}

int tp_pool_stats(const tp_pool_t* pool, tp_pool_stats_t* stats) {
  if (const int status = check(pool); status != TP_OK) return status;
  Sized<tp_pool_stats_t> known;
  if (!stats || !known.read(stats)) return TP_EINVAL;
  tp_pool_stats_t now{};
  to_pool(pool)->stats(now);
  now.size = stats->size;
  std::memcpy(stats, &now, std::min(now.size, sizeof now));
  return seen(*to_pool(pool), TP_OK);
}

}  // extern "C"
