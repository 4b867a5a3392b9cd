/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: calls that give a pool work. */
#ifndef TPOOL_SUBMIT_H
#define TPOOL_SUBMIT_H
#include <stddef.h>
#include <stdint.h>
#include "export.h"
#include "ffi.h"
#include "pool.h"
#include "result.h"
#include "task.h"
#define TP_UNBOUNDED SIZE_MAX
#define TP_JOB_FAIL_FAST 1u
#define TP_JOB_TRY 2u
#define TP_JOB_URGENT 4u
#define TP_JOB_BACKGROUND 8u
#define TP_JOB_KEEP_ERRORS 16u
typedef struct tp_job_options {
  size_t size;
  size_t chunksize;
  size_t buffersize;
  uint32_t flags;
  void (*callback)(void *user, tp_result_t *result);
  void (*error_callback)(void *user, tp_result_t *result);
  void *user;
  void (*source_drop)(void *source);
  void (*ctx_drop)(void *ctx);
  double deadline;
  const char *name;
} tp_job_options_t;
TP_BEGIN_DECLS
TP_API int tp_pool_apply(tp_pool_t *pool, const tp_task_t *task, const void *item, void *value);
TP_API int tp_pool_apply_async(tp_pool_t *pool, const tp_task_t *task, const void *item,
                               const tp_job_options_t *options, tp_result_t **result);
TP_API int tp_pool_map(tp_pool_t *pool, const tp_task_t *task, const void *items, void *values, size_t n,
                       const tp_job_options_t *options);
TP_API int tp_pool_map_async(tp_pool_t *pool, const tp_task_t *task, const void *items, size_t n,
                             const tp_job_options_t *options, tp_result_t **result);
TP_API int tp_pool_imap(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                        const tp_job_options_t *options, tp_result_t **result);
TP_API int tp_pool_imap_unordered(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                                  const tp_job_options_t *options, tp_result_t **result);
TP_API int tp_pool_for(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options);
TP_API int tp_pool_for_async(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options,
                             tp_result_t **result);
TP_API int tp_pool_starmap(tp_pool_t *pool, const tp_call_t *call, const void *rows, void *values, size_t n,
                           const tp_job_options_t *options);
TP_API int tp_pool_starmap_async(tp_pool_t *pool, const tp_call_t *call, const void *rows, size_t n,
                                 const tp_job_options_t *options, tp_result_t **result);
TP_END_DECLS
#endif
