/* SPDX-License-Identifier: MIT */
/* The calls that submit work to a pool. */
#ifndef TPOOL_SUBMIT_H
#define TPOOL_SUBMIT_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "ffi.h"
#include "group.h"
#include "pool.h"
#include "result.h"
#include "task.h"

#define TP_UNBOUNDED SIZE_MAX /* a buffersize: no bound */

/* tp_job_options_t.flags */
#define TP_JOB_FAIL_FAST 1u /* after the first failed item, unstarted items end in TP_ECANCELED */
#define TP_JOB_TRY 2u       /* TP_EAGAIN instead of waiting for room in a pool with max_pending */
/* Since TP_1.1. Jobs have three levels: urgent, normal (without a flag) and background. An urgent job starts before
 * the others. A background job starts when nothing else waits. Yet one start in 16 goes to the lower levels, so that
 * none of them starves. A loop or a stream makes way after its current chunk. Each level is first in, first out. A
 * job can't have both flags. */
#define TP_JOB_URGENT 4u
#define TP_JOB_BACKGROUND 8u
/* Since TP_1.1. For map_async and starmap_async: an item that fails (TP_ETASK, TP_ELOST) does not fail the job.
 * tp_result_item_status and tp_result_item_error tell how it failed. tp_result_get lends the values; the value of a
 * failed item is zero bytes, and value_drop never gets it. tp_result_error is NULL unless the job itself failed,
 * because it was cancelled or was cut by its deadline or by the pool's end. tp_pool_options_t.unobserved does not
 * run for such items. Not with TP_JOB_FAIL_FAST. */
#define TP_JOB_KEEP_ERRORS 16u
/* Since TP_1.2. If a pool with max_pending has no room (or has none within submit_timeout, if that is given), the
 * call runs the job itself before it returns, on this thread and with its hooks and callbacks. So the program slows
 * down to the pace of the pool, and no job is refused. (While another thread runs callbacks of the pool, that thread
 * runs the job's callback as well.) The same holds for the room of a group with max_pending, also while the group is
 * paused. Not for imap, with TP_JOB_TRY, with start_after, or in a group with max_running. */
#define TP_JOB_CALLER_RUNS 32u
/* Since TP_1.2. For tp_result_then: a source that fails fails the job with its error, and the task does not run. */
#define TP_JOB_ON_SUCCESS 64u
/* Since TP_1.2. A pool with max_pending accepts the job although it is full, so that the call never waits. This is
 * for work that follows from accepted work, such as a continuation, which must not hold up the thread that ended
 * that work. The job counts like any other: a submit that waits for room waits for this job, too. Not with
 * TP_JOB_TRY. */
#define TP_JOB_UNBOUNDED 128u

/* Settings of a job. Zero in a field means its default. */
typedef struct tp_job_options {
  size_t size;       /* sizeof(tp_job_options_t) */
  size_t chunksize;  /* how many items run one after another on one worker; 0 = automatic */
  size_t buffersize; /* imap: how many items may be in flight, that is, pulled and not yet yielded; 0 = 16 chunks for
                        each worker: with automatic chunks 16 items for each worker at first, at most 1024 in all */
  uint32_t flags;    /* TP_JOB_FAIL_FAST, TP_JOB_TRY, TP_JOB_URGENT, TP_JOB_BACKGROUND, TP_JOB_KEEP_ERRORS,
                        TP_JOB_CALLER_RUNS, TP_JOB_ON_SUCCESS, TP_JOB_UNBOUNDED */
  void (*callback)(void *user, tp_result_t *result);       /* runs if the job succeeded; tp_result_get has the values */
  void (*error_callback)(void *user, tp_result_t *result); /* runs if it failed; tp_result_error has the reason */
  void *user;                        /* passed to both; not used after the one that ran */
  void (*source_drop)(void *source); /* imap: runs once, when the source will not be called again */
  void (*ctx_drop)(void *ctx);       /* for, reduce: runs once, when ctx will not be used again */
  /* Since TP_1.1 */
  double deadline;   /* seconds from the submission; 0 = none. At the deadline unstarted items end in TP_ETIMEDOUT, as
                        they do by tp_result_cancel, and running items see tp_task_stop_requested. When these have
                        returned, the job ends in TP_ETIMEDOUT, whatever they returned, and so does a blocking call */
  const char *name;  /* for traces and probes; copied; NULL = the kind of the call */
  /* Since TP_1.2 */
  tp_group_t *group; /* the group that the job joins (group.h); borrowed until the call returns; NULL = none */
  double start_after;    /* seconds from the submission until the job may start; 0 = at once. Until then it counts as
                            queued; a cancel, its deadline and the end of the pool reach it. Then it waits in the line
                            of its level, as from now on. A blocking call waits for it, too */
  double item_deadline;  /* seconds from the start of an item (in a for: of a chunk); 0 = none. From then on the item
                            sees tp_task_stop_requested. When it has returned, it has failed with TP_ETIMEDOUT,
                            whatever it returned, and its value is dropped; tp_result_next returns TP_ETASK for it,
                            and tp_last_error has TP_ETIMEDOUT */
  double submit_timeout; /* how many seconds the call waits for room in a pool with max_pending, before it returns
                            TP_EAGAIN; 0 = until there is room. No effect with TP_JOB_TRY or TP_JOB_UNBOUNDED */
} tp_job_options_t;

TP_BEGIN_DECLS

/* Rules of all calls below.
 *
 * A call that is refused has no side effect: it has run no hook, and the caller still owns everything. An accepted
 * job ends exactly once. At its end its items are dropped, then ctx_drop runs, then its callback, and then it is
 * ready.
 *
 * Each accepted *_async job runs exactly one of its two callbacks, also with 0 items and at terminate. If the
 * callback for the outcome is NULL, none runs. The callbacks of a pool run one at a time, in the order in which
 * their jobs end. Each runs on the thread that ended its job: a worker, or the thread inside tp_pool_terminate or
 * tp_result_cancel. A callback may call every function; while it waits, its thread may run callbacks that came due
 * meanwhile. A callback that calls tp_task_set_error or throws makes its job a failed one.
 *
 * When the deadline of a job passes, a worker that has nothing to do ends the job and runs its hooks and its
 * callback. Only when all workers are busy does the pool's own timer thread do so; while it does, a worker that has
 * nothing to do takes the timer's place. (With TP_POOL_NO_THREADS the threads that serve the pool or wait watch the
 * deadlines.) So hooks and callback at a deadline run however busy the workers are. A slow one holds up other
 * deadlines only while no worker has time, but, like every slow callback, it holds up the callbacks behind it.
 *
 * Tasks that one thread has submitted start in the order of submission; on one worker this order is exact.
 *
 * The refusals of all calls are: TP_EINVAL when pool, task or task->fn (or fn) is NULL, when the size of a struct is
 * 0, or is larger than the library's and one of the bytes behind that is not zero, when a flag is unknown or does
 * not go with another flag or with the call, when a time in the options is negative or NaN, or when the group is of
 * another pool; TP_ECLOSED after close or terminate; TP_EINIT when the pool is broken; TP_EAGAIN when there is no room
 * in the pool or the group, with TP_JOB_TRY or within submit_timeout, or when the system refuses the timer thread, or
 * the first thread of a pool with idle_timeout that has none; TP_ETIMEDOUT when there was no room until the job's
 * deadline; TP_EDEADLK on a worker of another pool when none of the jobs that fill this pool can end before the call
 * does, and for a call that waits when its job could start only after the call, because jobs that wait for the call
 * fill the group's max_running, or when it has to wait and no stack is left for the done callbacks that its thread has
 * to run meanwhile; TP_ENOMEM; TP_EOVERFLOW when n x size overflows; TP_EFORKED. *result is then NULL. What
 * is wrong with a field of TP_1.2, tp_last_error() says.
 *
 * *result is written before anything of the job can start, so that the job may use it. */

/* Runs fn(ctx, item, value) on a worker and waits until it has returned.
 *
 * Owns:      item and value stay the caller's: the item is not copied, and its hooks do not run. After a failure
 *            nothing is constructed in value.
 * Callback:  the task, on a worker: on this thread when it is a worker of the pool. With TP_POOL_CALLER_HELPS it may
 *            run on this thread in any case.
 * Blocks:    until the task has returned.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when item (with item_size) or value (with value_size) is NULL; TP_ETASK,
 *            TP_ELOST, TP_ETERMINATED, TP_EINIT as the job ended; TP_EDEADLK when no stack is left to run it on.
 *            tp_last_error() says more.
 * Since:     TP_1 */
TP_API int tp_pool_apply(tp_pool_t *pool, const tp_task_t *task, const void *item, void *value);

/* Queues one task and returns. With result NULL nobody asks for the outcome.
 *
 * Owns:      the library copies the item (by item_move, or its bytes) before the call returns, and later drops the
 *            copy. *result is the caller's, to be released.
 * Callback:  item_move on this thread; the task on a worker; one of the two callbacks in options, by the rules of
 *            all calls.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when item is NULL with item_size.
 * Since:     TP_1 */
TP_API int tp_pool_apply_async(tp_pool_t *pool, const tp_task_t *task, const void *item,
                               const tp_job_options_t *options, tp_result_t **result);

/* Runs fn for each of n items and waits: values[i] = fn(items[i]). Every item runs, also after one has failed
 * (unless TP_JOB_FAIL_FAST is set). The failure with the lowest index is the failure of the call.
 *
 * Owns:      items and values are arrays of the caller. After a failure nothing is constructed in values: value_drop
 *            got the values that were produced.
 * Callback:  the tasks, on workers: also on this thread when it is a worker of the pool. With TP_POOL_CALLER_HELPS
 *            some may run on this thread in any case.
 * Blocks:    until all items are done.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when items or values is NULL with a size and n > 0, or a callback is given;
 *            TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its deadline), TP_ETERMINATED, TP_EINIT as the job
 *            ended; TP_EDEADLK. tp_last_error() says more.
 * Since:     TP_1 */
TP_API int tp_pool_map(tp_pool_t *pool, const tp_task_t *task, const void *items, void *values, size_t n,
                       const tp_job_options_t *options);

/* Starts a map and returns. The values lie in the result.
 *
 * Owns:      items is borrowed until the job is complete. *result is the caller's, to be released; result NULL = not
 *            wanted.
 * Callback:  the tasks on workers; one of the two callbacks in options, by the rules of all calls.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when items is NULL with item_size and n > 0.
 * Since:     TP_1 */
TP_API int tp_pool_map_async(tp_pool_t *pool, const tp_task_t *task, const void *items, size_t n,
                             const tp_job_options_t *options, tp_result_t **result);

/* Starts an ordered stream and returns. Workers pull items from the source while the window has room, and run them.
 * tp_result_next yields their values in the order of the source.
 *
 * At most buffersize items are in flight, that is, pulled and not yet yielded: this is the window. tp_pool_join and
 * the release of the result lift it. It is also lifted while a thread waits until the stream is ready or the pool is
 * idle.
 *
 * Chunks begin at multiples of chunksize. A chunk is pulled when the window has room for all of it. A chunksize
 * larger than buffersize counts as buffersize. When the source fails inside a chunk, all chunks before that one run,
 * and nothing of that chunk runs, whenever the values are read. With automatic chunks every pulled item runs.
 *
 * Since TP_1.2 source may be NULL: then the stream is fed. Its items come by tp_result_push, from any threads, until
 * tp_result_push_end. It needs a result. Pushes go on after tp_pool_close, and tp_pool_join waits for their end.
 *
 * Owns:      pulled items are the library's: item_drop runs after each item has run. source_drop runs once, when the
 *            source will not be called again. *result is the caller's, to be released; result NULL = run to the end
 *            of the source.
 * Callback:  source, source_drop and tasks on a worker, or, with TP_POOL_CALLER_HELPS, on a thread that waits in
 *            tp_result_next.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when source and result are NULL or a callback is given.
 * Since:     TP_1 */
TP_API int tp_pool_imap(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                        const tp_job_options_t *options, tp_result_t **result);

/* Starts a stream that yields each value when it is done, whatever its place in the source. All else is as in
 * tp_pool_imap.
 *
 * Owns:      as tp_pool_imap.
 * Callback:  as tp_pool_imap.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    as tp_pool_imap.
 * Since:     TP_1 */
TP_API int tp_pool_imap_unordered(tp_pool_t *pool, const tp_task_t *task, tp_source_fn source, void *source_ctx,
                                  const tp_job_options_t *options, tp_result_t **result);

/* Runs a loop over the indices 0 … n-1 and waits: one call of fn for each chunk, not for each item.
 *
 * Owns:      ctx is borrowed; with options->ctx_drop it passes to the job.
 * Callback:  fn, as the tasks of tp_pool_map.
 * Blocks:    until all chunks are done.
 * Threads:   any.
 * Errors:    as tp_pool_map; the index of a failed chunk is its begin.
 * Since:     TP_1 */
TP_API int tp_pool_for(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options);

/* Runs a team, as #pragma omp parallel does: fn(ctx, i, i + 1) for each i < n, all at once, each on a thread of its
 * own. So the calls may wait for each other, for example at a barrier. This thread runs the first call if it is a
 * worker of the pool or has TP_POOL_CALLER_HELPS; workers that are idle run the others. A worker is idle if it has
 * nothing to do, or, in a pool with idle_timeout, could be started. Either all calls run or none: the call does not
 * wait for workers to become idle, except that it gives those that run nothing up to 0.25 s to rest. No call
 * starts before threads that are new have run the initializer. With n = 0 nothing runs.
 *
 * A worker runs nothing else before its call has returned, and the calls count as the chunks of a for: they see
 * tp_task_stop_requested after tp_pool_terminate, and a thread that ends inside one (pthread_exit) is replaced. The
 * others then go on; if they wait for it, that is their own affair.
 *
 * Owns:      ctx is borrowed.
 * Callback:  fn, on workers and perhaps on this thread.
 * Blocks:    until all calls have returned.
 * Threads:   any.
 * Errors:    the refusals; TP_EAGAIN when fewer workers are idle than the team needs, when the pool is paused, or when
 *            the system refuses a thread (tp_last_error() says which); TP_EDEADLK inside a team of the same pool, or
 *            when no stack is left to run a call on; the others as tp_pool_for. The index of a failed call is its i.
 * Since:     TP_1.2 */
TP_API int tp_pool_team(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n);

/* Starts a loop as tp_pool_for runs it, and returns.
 *
 * Owns:      ctx is borrowed until the job is complete; with options->ctx_drop it passes to the job. *result is the
 *            caller's, to be released; result NULL = not wanted.
 * Callback:  fn on workers; one of the two callbacks in options, by the rules of all calls.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    the refusals.
 * Since:     TP_1 */
TP_API int tp_pool_for_async(tp_pool_t *pool, tp_range_fn fn, void *ctx, size_t n, const tp_job_options_t *options,
                             tp_result_t **result);

/* Reduces the items 0 … n-1 to one value and waits, as with #pragma omp for reduction. fn adds the items of a chunk to
 * a partial, and combine adds each partial to its left neighbour, in the order of their items. *value is then the
 * partial of all items; with n = 0 it is the identity.
 *
 * With options->chunksize fn is called for each chunk with a partial of its own, and the partials are combined by a
 * binary tree over the chunks. This tree depends on nothing but n and chunksize. So a sum of floating-point numbers
 * has the same bits in each run, on any number of workers and whatever threads help. The call then needs a pointer for
 * each chunk. With automatic chunks the partials follow from how the work was shared, and there are a few for each
 * worker.
 *
 * Owns:      what reduce points to, and value, stay the caller's. value may be identity. With options->ctx_drop ctx
 *            passes to the job. After a failure *value is as it was.
 * Callback:  fn and combine, as the tasks of tp_pool_map: many threads call them at a time, with different partials.
 * Blocks:    until all chunks are done and combined.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when reduce, its fn or its combine is NULL, or, with value_size, its identity or
 *            value is, or a callback is given; TP_ENOMEM without memory for a partial, also when chunks have run; the
 *            others as tp_pool_for. The index of a failed combine is the first item of into.
 * Since:     TP_1.2 */
TP_API int tp_pool_reduce(tp_pool_t *pool, const tp_reduce_t *reduce, size_t n, const tp_job_options_t *options,
                          void *value);

/* Calls a native function with each of n rows of arguments and waits: a map with the task of the call
 * (tp_call_task).
 *
 * Owns:      rows and values are arrays of the caller, with elements of row_size and value_size bytes (tp_call_row).
 *            values may be NULL when the function returns nothing, rows when it takes no argument.
 * Callback:  the native function, as the tasks of tp_pool_map.
 * Blocks:    until all calls are done.
 * Threads:   any.
 * Errors:    as tp_pool_map, with the call in place of the task; TP_ENOTSUP when the library was built without
 *            libffi.
 * Since:     TP_1 */
TP_API int tp_pool_starmap(tp_pool_t *pool, const tp_call_t *call, const void *rows, void *values, size_t n,
                           const tp_job_options_t *options);

/* Starts a starmap and returns. The values lie in the result.
 *
 * Owns:      rows is borrowed until the job is complete. The job keeps the call alive. *result is the caller's, to
 *            be released; result NULL = not wanted.
 * Callback:  the native function on workers; one of the two callbacks in options, by the rules of all calls.
 * Blocks:    never, except for room in a pool with max_pending.
 * Threads:   any.
 * Errors:    as tp_pool_map_async, with the call in place of the task; TP_ENOTSUP when the library was built without
 *            libffi.
 * Since:     TP_1 */
TP_API int tp_pool_starmap_async(tp_pool_t *pool, const tp_call_t *call, const void *rows, size_t n,
                                 const tp_job_options_t *options, tp_result_t **result);

TP_END_DECLS

#endif
