/* SPDX-License-Identifier: MIT */
/* Stage 1: calls that give a pool work. */
#ifndef TPOOL_SUBMIT_H
#define TPOOL_SUBMIT_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "ffi.h"
#include "pool.h"
#include "result.h"
#include "task.h"

#define TP_UNBOUNDED SIZE_MAX /* a buffersize without a bound */

/* tp_job_options_t.flags */
#define TP_JOB_FAIL_FAST 1u /* after the first failed item, skip what has not started (TP_ECANCELED) */
#define TP_JOB_TRY 2u       /* TP_EAGAIN instead of waiting for room in a pool with max_pending */
/* Since TP_1.1. Three levels: an urgent job starts before the others, a background one when nothing else waits; but one
 * start in 16 goes to the lower levels, so that none starves. A loop or a stream makes way after the chunk that runs. Each
 * level is first in, first out. Not both. */
#define TP_JOB_URGENT 4u
#define TP_JOB_BACKGROUND 8u
/* map_async, starmap_async: an item that fails (TP_ETASK, TP_ELOST) does not fail the job; tp_result_item_status and
 * tp_result_item_error tell of it, and tp_result_get lends the values of the others; those of failed items are zero bytes,
 * which value_drop never sees. tp_result_error is NULL unless the job itself failed: it was cancelled, cut by its deadline
 * or the pool's end. tp_pool_options_t.unobserved is not told of such items. Not with TP_JOB_FAIL_FAST. */
#define TP_JOB_KEEP_ERRORS 16u
/* Since TP_1.2. Accepted although a pool with max_pending is full, so that the call never waits: for what follows from
 * work that was accepted already, such as a continuation, which must not hold up the thread that has ended that work. The
 * job counts like any other: who waits for room waits for it, too. Not with TP_JOB_TRY. */
#define TP_JOB_UNBOUNDED 128u

/* How a job is to run. Zero in a field means its default. */
typedef struct tp_job_options {
  size_t size;       /* sizeof(tp_job_options_t) */
  size_t chunksize;  /* items that run one after another on one worker; 0 = automatic */
  size_t buffersize; /* imap: at most so many items pulled and not yet yielded; 0 = 16 chunks for each worker,
                      which with automatic chunks is 16 items to begin with and at most 1024 in all */
  uint32_t flags;    /* TP_JOB_FAIL_FAST, TP_JOB_TRY, TP_JOB_URGENT, TP_JOB_BACKGROUND, TP_JOB_KEEP_ERRORS,
                        TP_JOB_UNBOUNDED */
  void (*callback)(void *user, tp_result_t *result);       /* the job succeeded: tp_result_get has the values */
  void (*error_callback)(void *user, tp_result_t *result); /* it did not: tp_result_error has the reason */
  void *user;                                              /* for both; not used after the one that ran */
  void (*source_drop)(void *source); /* imap: once, when the source will not be called again */
  void (*ctx_drop)(void *ctx);       /* for: once, when ctx will not be used again */
  /* Since TP_1.1 */
  double deadline;   /* seconds from the submission, 0 = none: then unstarted items end in TP_ETIMEDOUT, as by
                        tp_result_cancel, and running ones see tp_task_stop_requested; the job ends in TP_ETIMEDOUT
                        when they have returned, whatever they return, and so does a blocking call */
  const char *name;  /* for traces and probes; copied; NULL = the kind of the call */
} tp_job_options_t;

TP_BEGIN_DECLS

/* Rules of all calls below.
 *
 * A call that is refused has no side effect: it ran no hook, and the caller still owns everything. A job that is
 * accepted ends exactly once; at its end its items are dropped, then ctx_drop runs, then its callback, then it is ready.
 * Exactly one of the two callbacks runs for each accepted *_async job, also for 0 items and at terminate; where the one
 * for the outcome is NULL, none does. Callbacks of one pool run one at a time, in the order in which jobs end, on the
 * thread that ended the job: a worker, or the one in terminate or cancel. At a deadline that is a worker that has nothing
 * to do; only where all are busy the pool's own thread that watches deadlines, whose place workers take that have nothing
 * to do before it comes back (with TP_POOL_NO_THREADS those that serve or wait watch them). So the callback of a deadline
 * runs however busy the workers are, and a slow one holds up no other deadline as long as a worker has nothing to do,
 * but, as ever, the callbacks behind it. The same goes for hooks. A callback may call everything; while it waits,
 * it may be made to run the callbacks that came due meanwhile. One that calls tp_task_set_error or throws makes the job
 * a failed one. Tasks start in the order in which one thread submitted them; exactly so on one worker.
 *
 * Refusals of all: TP_EINVAL when pool, task, task->fn (or fn) is NULL, when a size is 0, or a size larger than the
 * library's struct has non-zero bytes behind, or a flag is unknown or does not go with another or with the call, or the
 * deadline is negative or NaN; TP_ECLOSED after close or terminate; TP_EINIT when the pool is broken; TP_EAGAIN with
 * TP_JOB_TRY when there is no room, or when the system refuses the thread that watches deadlines; TP_ETIMEDOUT when there
 * was no room until the job's deadline; TP_EDEADLK on a worker of another pool when no job that fills this one can end
 * before the call does; TP_ENOMEM; TP_EOVERFLOW when n x size overflows; TP_EFORKED. *result is then NULL. */

/* Runs fn(ctx, item, value) on a worker and waits for it.
 *
 * Owns:      item and value stay the caller's: the item is not copied and its hooks do not run. On failure nothing is
 *            constructed in value.
 * Blocks:    until the task has returned. On a worker it runs the task itself.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when item (with item_size) or value (with value_size) is NULL; TP_ETASK, TP_ELOST,
 *            TP_ETERMINATED, TP_EINIT as the job ended; TP_EDEADLK when no stack is left to run it on. tp_last_error()
 *            says more.
 * Since:     TP_1 */
TP_API int tp_pool_apply(tp_pool_t *pool, const tp_task_t *task, const void *item, void *value);

/* Queues one task. result NULL = fire and forget.
 *
 * Owns:      copies the item (item_move or bytes) before it returns, and drops its copy. *result, to be released.
 * Callback:  one of the two in options, by the rules of all calls.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when item is NULL with item_size.
 * Since:     TP_1 */
TP_API int tp_pool_apply_async(tp_pool_t *pool, const tp_task_t *task, const void *item,
                               const tp_job_options_t *options, tp_result_t **result);

/* Runs fn for each of n items and waits: values[i] = fn(items[i]). Every item runs, also after one has failed (but see
 * TP_JOB_FAIL_FAST); the failure with the lowest index is the call's.
 *
 * Owns:      items and values are arrays of the caller. On failure nothing is constructed in values: what was produced
 *            went to value_drop.
 * Blocks:    until all items are done. On a worker it runs items itself.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when items or values is NULL with a size and n > 0, or a callback is given; TP_ETASK,
 *            TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its deadline), TP_ETERMINATED, TP_EINIT as the job ended; TP_EDEADLK.
 *            tp_last_error() says more.
 * Since:     TP_1 */
TP_API int tp_pool_map(tp_pool_t *pool, const tp_task_t *task, const void *items, void *values, size_t n,
                       const tp_job_options_t *options);

/* Starts a map. The values lie in the result.
 *
 * Owns:      items is borrowed until the job is complete. *result, to be released; NULL = not wanted.
 * Callback:  one of the two in options, by the rules of all calls.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when items is NULL with item_size and n > 0.
 * Since:     TP_1 */
TP_API int tp_pool_map_async(tp_pool_t *pool, const tp_task_t *task, const void *items, size_t n,
                             const tp_job_options_t *options, tp_result_t **result);

/* Starts an ordered stream: pulls items from the source as there is room in the window, runs them, and yields their
 * values through tp_result_next in the order of the source. Not more than buffersize items are pulled and not yet
 * yielded, until join or the release of the result lifts the window, or while somebody waits for the stream to be ready or
 * the pool to be idle. Chunks begin at multiples of chunksize: one is pulled when there is room for all of it; a chunksize
 * larger than buffersize is taken as buffersize. So when a source fails inside a chunk, what has run before does not
 * depend on who reads when: all chunks before that one, and nothing of it.
 *
 * Owns:      pulled items are the library's: item_drop after each has run. source_drop once, when the source will not be
 *            called again. *result, to be released; NULL = run to the end of the source.
 * Callback:  source and source_drop on a worker, or, with TP_POOL_CALLER_HELPS, on a thread that waits in
 *            tp_result_next.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when source is NULL or a callback is given.
 * Since:     TP_1 */
TP_API int tp_pool_imap(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                        const tp_job_options_t *options, tp_result_t **result);

/* Starts a stream that yields values in the order in which they are done; else as tp_pool_imap.
 *
 * Owns:      as tp_pool_imap.
 * Callback:  as tp_pool_imap.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    as tp_pool_imap.
 * Since:     TP_1 */
TP_API int tp_pool_imap_unordered(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                                  const tp_job_options_t *options, tp_result_t **result);

/* Runs fn over 0 … n-1 in chunks and waits: the loop without a call per item.
 *
 * Owns:      ctx is borrowed; options->ctx_drop takes it.
 * Blocks:    until all chunks are done. On a worker it runs chunks itself.
 * Threads:   any.
 * Errors:    as tp_pool_map; a failed chunk's index is its begin.
 * Since:     TP_1 */
TP_API int tp_pool_for(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options);

/* Starts a for.
 *
 * Owns:      ctx is borrowed until the job is complete; options->ctx_drop takes it. *result, to be released; NULL = not
 *            wanted.
 * Callback:  one of the two in options, by the rules of all calls.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals.
 * Since:     TP_1 */
TP_API int tp_pool_for_async(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options,
                             tp_result_t **result);

/* Calls a native function with each of n rows of arguments and waits: a map whose task is the call's (tp_call_task).
 *
 * Owns:      rows and values are arrays of the caller, of row_size and value_size bytes an element (tp_call_row);
 *            values may be NULL when the function returns nothing, rows when it takes nothing.
 * Blocks:    until all calls are done. On a worker it makes calls itself.
 * Threads:   any.
 * Errors:    as tp_pool_map, with the call in place of the task; TP_ENOTSUP when the library was built without libffi.
 * Since:     TP_1 */
TP_API int tp_pool_starmap(tp_pool_t *pool, const tp_call_t *call, const void *rows, void *values, size_t n,
                           const tp_job_options_t *options);

/* Starts a starmap. The values lie in the result.
 *
 * Owns:      rows is borrowed until the job is complete; the job keeps the call. *result, to be released; NULL = not
 *            wanted.
 * Callback:  one of the two in options, by the rules of all calls.
 * Blocks:    never, but for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    as tp_pool_map_async, with the call in place of the task; TP_ENOTSUP when the library was built without
 *            libffi.
 * Since:     TP_1 */
TP_API int tp_pool_starmap_async(tp_pool_t *pool, const tp_call_t *call, const void *rows, size_t n,
                                 const tp_job_options_t *options, tp_result_t **result);

TP_END_DECLS

#endif
