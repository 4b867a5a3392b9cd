/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: a pool of worker threads. */
#ifndef TPOOL_POOL_H
#define TPOOL_POOL_H
#include <stddef.h>
#include <stdint.h>
#include "error.h"
#include "export.h"
#include "task.h"
#if defined(__GNUC__)
#define TP_FOREVER (__builtin_inf())
#else
#define TP_FOREVER (1e300 * 1e300)
#endif
#define TP_POOL_CALLER_HELPS 1u
#define TP_POOL_MANUAL_CALLBACKS 2u
#define TP_POOL_NO_THREADS 4u
typedef struct tp_pool_options {
  size_t size;
  size_t workers;
  int (*initializer)(void *arg);
  void (*finalizer)(void *arg);
  void *arg;
  const char *name;
  uint32_t flags;
  size_t max_pending;
  void (*unobserved)(void *arg, const tp_error_t *error);
  void (*arg_drop)(void *arg);
  const unsigned *cpus;
  size_t n_cpus;
  int nice;
} tp_pool_options_t;
typedef struct tp_pool_stats {
  size_t size;
  uint64_t state;
  uint64_t workers;
  uint64_t busy;
  uint64_t queued;
  uint64_t running;
  uint64_t submitted;
  uint64_t completed;
  uint64_t failed;
  uint64_t cancelled;
  uint64_t items;
  uint64_t steals;
  uint64_t parks;
  uint64_t callbacks;
  uint64_t paused;
  uint64_t timed_out;
} tp_pool_stats_t;
TP_BEGIN_DECLS
TP_API int tp_pool_create(const tp_pool_options_t *options, tp_pool_t **pool);
TP_API int tp_pool_close(tp_pool_t *pool);
TP_API int tp_pool_terminate(tp_pool_t *pool);
TP_API int tp_pool_join(tp_pool_t *pool, double timeout);
TP_API int tp_pool_wait_idle(tp_pool_t *pool, double timeout);
TP_API void tp_pool_destroy(tp_pool_t *pool);
TP_API int tp_pool_pause(tp_pool_t *pool);
TP_API int tp_pool_resume(tp_pool_t *pool);
TP_API int tp_pool_resize(tp_pool_t *pool, size_t workers);
TP_API int tp_pool_workers(const tp_pool_t *pool, size_t *workers);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
TP_API int tp_pool_stats(const tp_pool_t *pool, tp_pool_stats_t *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
TP_END_DECLS
#endif
