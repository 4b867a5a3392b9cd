// SPDX-License-Identifier: MIT
// Stage 2: pools, their hosts and their traces; from include/tpool, to src/worker/pool.
#include "tpool/pool.h"

#include <cerrno>
#include <utility>

#include "base/cpus.h"
#include "base/thread.h"
#include "handles.h"
#include "tpool/host.h"
#include "tpool/trace.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

constexpr std::size_t kMostWorkers = 4096;

constexpr Flag kFlags[] = {{TP_POOL_CALLER_HELPS, "TP_POOL_CALLER_HELPS"},
                           {TP_POOL_MANUAL_CALLBACKS, "TP_POOL_MANUAL_CALLBACKS"},
                           {TP_POOL_NO_THREADS, "TP_POOL_NO_THREADS"},
                           {TP_POOL_KEEP_SIGNALS, "TP_POOL_KEEP_SIGNALS"},
                           {TP_POOL_DRAIN, "TP_POOL_DRAIN"}};

int check_workers(const char* name, std::size_t workers) {
  if (workers <= kMostWorkers) return TP_OK;
  return refuse(TP_EINVAL, "%s is %zu; at most %zu are allowed, and 0 means one for each CPU", name,
                workers, kMostWorkers);
}

int check_placement(const tp_pool_options_t& options) {
  if (!options.cpus != !options.n_cpus)
    return refuse(TP_EINVAL,
                  "options.cpus is %sNULL and options.n_cpus is %zu; give both, or neither",
                  options.cpus ? "not " : "", options.n_cpus);
  if (options.nice < -20 || options.nice > 19)
    return refuse(TP_EINVAL, "options.nice is %d; -20 to 19 are allowed", options.nice);
  if ((options.cpus || options.nice) && (options.flags & TP_POOL_NO_THREADS))
    return refuse(
        TP_EINVAL,
        "options.%s is set with TP_POOL_NO_THREADS; only threads of the pool can be placed",
        options.cpus ? "cpus" : "nice");
  return TP_OK;
}

int check_stack(std::size_t bytes) {
  if (bytes == 0 || bytes >= least_stack()) return TP_OK;
  return refuse(TP_EINVAL, "options.stack_size is %zu bytes; 0, or at least %zu, are allowed",
                bytes, least_stack());
}

int check_idle(const tp_pool_options_t& options) {
  const double seconds = options.idle_timeout;
  if (!(seconds >= 0))
    return refuse(TP_EINVAL,
                  "options.idle_timeout is %g; seconds are allowed, or 0 for threads that stay",
                  seconds);
  if (seconds > 0 && (options.flags & TP_POOL_NO_THREADS))
    return refuse(TP_EINVAL,
                  "options.idle_timeout is %g with TP_POOL_NO_THREADS; only threads of the pool "
                  "come and go",
                  seconds);
  if (options.min_workers && seconds == 0)
    return refuse(TP_EINVAL,
                  "options.min_workers is %zu without options.idle_timeout; without that all "
                  "workers stay",
                  options.min_workers);
  if (options.min_workers == 0) return TP_OK;
  const std::size_t workers = options.workers ? options.workers : usable_cpus();
  if (options.min_workers <= workers) return TP_OK;
  return refuse(TP_EINVAL, "options.min_workers is %zu; at most options.workers, %zu, are allowed",
                options.min_workers, workers);
}

int check_options(const tp_pool_options_t& options) {
  int status = check_flags("options", options.flags, kFlags);
  if (status == TP_OK) status = check_workers("options.workers", options.workers);
  if (status == TP_OK) status = check_placement(options);
  if (status == TP_OK) status = check_stack(options.stack_size);
  return status == TP_OK ? check_idle(options) : status;
}

/// The pool is no rank's own, of whose end the cluster's pool decides.
int check_own(tp_pool_t* pool) {
  const int status = check(pool);
  if (status != TP_OK || !to_pool(pool)->leader()) return status;
  return refuse(
      TP_ENOTSUP,
      "the pool runs the items of a cluster's pool; only that one may be closed or changed");
}

int check_manual(tp_pool_t* pool) {
  if (to_pool(pool)->callbacks().is_manual()) return TP_OK;
  return refuse(TP_EINVAL,
                "the pool has no TP_POOL_MANUAL_CALLBACKS; its callbacks run by themselves");
}

}  // namespace

int tp::capi::create_pool(const tp_pool_options_t* options, Taker* taker, tp_pool_t** pool) {
  if (const int status = check_given(pool, "pool"); status != TP_OK) return status;
  *pool = nullptr;
  Sized<tp_pool_options_t> known;
  if (const int status = known.read(options, "options"); status != TP_OK) return status;
  if (const int status = check_options(*known); status != TP_OK) return status;
  Pool* made = nullptr;
  const int status = Pool::create(*known, made, taker);
  *pool = to_handle(made);
  if (status != TP_EINVAL) return status;
  return refuse(status, "options.cpus names %zu CPUs; this process may not use all of them",
                known->n_cpus);
}

extern "C" {

int tp_pool_create(const tp_pool_options_t* options, tp_pool_t** pool) {
  return create_pool(options, nullptr, pool);
}

int tp_pool_close(tp_pool_t* pool) {
  if (const int status = check_own(pool); status != TP_OK) return status;
  to_pool(pool)->close();
  return TP_OK;
}

int tp_pool_terminate(tp_pool_t* pool) {
  if (const int status = check_own(pool); status != TP_OK) return status;
  to_pool(pool)->terminate();
  return seen(*to_pool(pool), TP_OK);
}

int tp_pool_cancel(tp_pool_t* pool) {
  if (const int status = check_own(pool); status != TP_OK) return status;
  to_pool(pool)->cancel();
  return seen(*to_pool(pool), TP_OK);
}

int tp_pool_join(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool, timeout); status != TP_OK) return status;
  return seen(*to_pool(pool), to_pool(pool)->join(Deadline::in(timeout)));
}

int tp_pool_wait_idle(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool, timeout); status != TP_OK) return status;
  return seen(*to_pool(pool), to_pool(pool)->wait_idle(Deadline::in(timeout)));
}

void tp_pool_destroy(tp_pool_t* pool) {
  if (is_valid(pool) && !to_pool(pool)->leader()) to_pool(pool)->destroy();
}

int tp_pool_destroy_within(tp_pool_t* pool, double timeout) {
  if (const int status = check(pool, timeout); status != TP_OK) return status;
  if (const int status = check_own(pool); status != TP_OK) return status;
  return to_pool(pool)->destroy(Deadline::in(timeout));
}

int tp_pool_pause(tp_pool_t* pool) {
  if (const int status = check_own(pool); status != TP_OK) return status;
  return to_pool(pool)->pause();
}

int tp_pool_resume(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  to_pool(pool)->resume();
  return TP_OK;
}

int tp_pool_resize(tp_pool_t* pool, size_t workers) {
  if (const int status = check_own(pool); status != TP_OK) return status;
  if (const int status = check_workers("workers", workers); status != TP_OK) return status;
  if (to_pool(pool)->checks())
    return refuse(TP_ENOTSUP,
                  "the pool is a cluster's, whose ranks keep the workers that they began with");
  return to_pool(pool)->resize(workers);
}

int tp_pool_set_max_pending(tp_pool_t* pool, size_t max_pending) {
  if (const int status = check(pool); status != TP_OK) return status;
  to_pool(pool)->room().change(max_pending);
  return TP_OK;
}

int tp_pool_workers(const tp_pool_t* pool, size_t* workers) {
  if (const int status = check(pool, workers, "workers"); status != TP_OK) return status;
  const Taker* const taker = to_pool(pool)->taker();
  *workers = taker ? taker->workers.load() : to_pool(pool)->worker_count();
  return TP_OK;
}

int tp_pool_stats(const tp_pool_t* pool, tp_pool_stats_t* stats) {
  if (const int status = check(pool, stats, "stats"); status != TP_OK) return status;
  const int status =
      fill_sized(stats, "stats", [&](tp_pool_stats_t& now) { to_pool(pool)->stats(now); });
  if (status != TP_OK) return status;
  return seen(*to_pool(pool), TP_OK);
}

int tp_worker_enter(tp_pool_t* pool, tp_task_fn dispatch, double timeout, size_t* ran) {
  if (const int status = check(pool, timeout); status != TP_OK) return status;
  Pool& entered = *to_pool(pool);
  if (!entered.is_hosted())
    return refuse(TP_EINVAL,
                  "the pool has threads of its own; only TP_POOL_NO_THREADS lets others enter");
  if (CallScope::inside(&entered) || this_thread.pool == &entered) return TP_EDEADLK;
  size_t count = 0;
  const int status = seen(entered, entered.workers().enter(dispatch, Deadline::in(timeout), count));
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_pool_run_callbacks(tp_pool_t* pool, double timeout, size_t* ran) {
  if (const int status = check(pool, timeout); status != TP_OK) return status;
  if (const int status = check_manual(pool); status != TP_OK) return status;
  size_t count = 0;
  const int status =
      seen(*to_pool(pool), to_pool(pool)->run_callbacks(Deadline::in(timeout), count));
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_pool_fd(tp_pool_t* pool, int* fd) {
  if (const int status = check_given(fd, "fd"); status != TP_OK) return status;
  *fd = -1;
  if (const int status = check(pool); status != TP_OK) return status;
  if (const int status = check_manual(pool); status != TP_OK) return status;
  *fd = to_pool(pool)->callbacks().fd();
  return *fd < 0 ? TP_EAGAIN : TP_OK;
}

int tp_pool_trace_start(tp_pool_t* pool, const char* path) {
  if (const int status = check(pool, path, "path"); status != TP_OK) return status;
  const int callers_errno = std::exchange(errno, 0);
  const int status = to_pool(pool)->start_trace(path);
  if (status == TP_EINVAL && errno)
    return refuse(status, "path is \"%s\", which can't be opened for writing: %m", path);
  errno = callers_errno;
  if (status == TP_EINVAL)
    return refuse(status, "the pool is being traced; tp_pool_trace_stop ends that");
  return status;
}

int tp_pool_trace_stop(tp_pool_t* pool) {
  if (const int status = check(pool); status != TP_OK) return status;
  return to_pool(pool)->stop_trace();
}

}  // extern "C"
