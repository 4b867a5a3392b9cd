/* SPDX-License-Identifier: MIT */
/* Results that no call of a pool makes: promises, continuations, and results of several results. */
#ifndef TPOOL_FUTURE_H
#define TPOOL_FUTURE_H

#include <stddef.h>

#include "export.h"
#include "result.h"
#include "submit.h"
#include "task.h"

/* The right to make a result ready, once. A promise and its result are two handles: whoever makes the value keeps the
 * first, whoever waits for it keeps the second. */
typedef struct tp_promise tp_promise_t;

TP_BEGIN_DECLS

/* Rules of all calls below.
 *
 * Each makes a result that is like any other: it can be waited for, read, cancelled and watched, and it has done
 * callbacks, which run on the thread that makes it ready. It is a job of its pool, accepted now: tp_pool_join and
 * tp_pool_wait_idle wait for it also when the pool is closed before it is ready, and tp_pool_terminate ends it with
 * TP_ETERMINATED. None of the calls waits for room. The result of tp_result_then counts under max_pending from the
 * moment at which its source is ready; the others never do.
 *
 * A worker that waits for such a result runs unstarted items of the jobs that it depends on, however many results are
 * between them. TP_EDEADLK tells that these can't end. A promise may always be set.
 *
 * tp_result_cancel ends such a result at once, if nothing of it runs. It reaches what the result waits for, too, but
 * only where nobody else has a handle of that. Any number of these results may depend on each other, in a chain or
 * otherwise: their ends need no stack.
 *
 * The refusals of all calls are: TP_EINVAL when a handle that is required is NULL, when a struct has no size or is
 * newer than the library, or when a flag or an option does not go with the call; TP_ECLOSED when the pool is closed or
 * gone; TP_EINIT when it is broken; TP_EAGAIN when the system refuses the timer thread; TP_ENOMEM; TP_EOVERFLOW when a
 * size overflows; TP_EFORKED. tp_last_error() says more about TP_EINVAL and TP_EOVERFLOW. The out-pointers are then
 * NULL. */

/* Makes a promise, and the result that it will make ready. Of shape only value_size, value_move, value_drop, ctx and
 * ctx_drop are used; shape.fn may be NULL. The result counts as a running job of the pool.
 *
 * Owns:      *promise and *result are the caller's, each to be released.
 * Callback:  ctx_drop, when the result has ended.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when shape, promise or result is NULL.
 * Since:     TP_1.2 */
TP_API int tp_promise_create(tp_pool_t *pool, const tp_task_t *shape, tp_promise_t **promise, tp_result_t **result);

/* Makes the result ready with a value.
 *
 * Owns:      the value is moved into the result: by value_move, which leaves nothing behind in *value, or as bytes.
 *            After an error the caller still has it.
 * Callback:  value_move, then done callbacks, on this thread.
 * Blocks:    never.
 * Threads:   any, inside tasks and callbacks, too.
 * Errors:    TP_EINVAL when promise is NULL, was set or failed before, or value is NULL with value_size
 *            (tp_last_error() says which); TP_ECANCELED when the result was cut: cancelled or terminated; TP_ETASK when
 *            value_move threw, and then the promise may be set again; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_promise_set(tp_promise_t *promise, const void *value);

/* Makes the result ready with a failure, as of a task: its status is TP_ETASK, and tp_result_error has the rest.
 *
 * Owns:      the library copies message (NULL = the text of the status). payload passes to the library, which calls
 *            payload_drop(payload) once, when the error goes. After an error the caller keeps the payload.
 * Callback:  done callbacks, on this thread.
 * Blocks:    never.
 * Threads:   any, inside tasks and callbacks, too.
 * Errors:    as tp_promise_set, without TP_ETASK; TP_ENOMEM.
 * Since:     TP_1.2 */
TP_API int tp_promise_fail(tp_promise_t *promise, int code, const char *message, void *payload,
                           void (*payload_drop)(void *payload));

/* Releases a promise. If it was neither set nor failed, its result ends in TP_ELOST, "promise abandoned". NULL has no
 * effect. In a forked child the call only forgets the handle.
 *
 * Requires:  no other thread uses the promise from this call on.
 * Callback:  done callbacks, on this thread.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1.2 */
TP_API void tp_promise_release(tp_promise_t *promise);

/* Runs the task when the source is ready, whatever its outcome: a job of the source's pool, as tp_pool_apply_async
 * starts it. The item is a tp_result_t *const *, which leads to the source; the task may read, retain and wait for it.
 * It asks tp_result_get(*item, 0, …) how the source has ended. With TP_JOB_ON_SUCCESS a source that failed fails the
 * job with its error, without a run. The job is queued on the level of its options when the source is ready;
 * start_after and deadline are counted from now.
 *
 * Owns:      the job keeps the source until it has ended itself. *result is the caller's, to be released; result
 *            NULL = not wanted.
 * Callback:  the task on a worker; one of the two callbacks in options, by the rules of all submit calls; value_drop
 *            of the source, if this job was the last that kept it.
 * Requires:  the source's pool is not destroyed before the call returns.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when task->item_size is neither 0 nor sizeof(tp_result_t *), when the task has
 *            item_move or item_drop, and for options that other calls use: chunksize, buffersize, source_drop,
 *            ctx_drop, submit_timeout, TP_JOB_FAIL_FAST, TP_JOB_TRY, TP_JOB_KEEP_ERRORS, TP_JOB_CALLER_RUNS.
 * Since:     TP_1.2 */
TP_API int tp_result_then(tp_result_t *source, const tp_task_t *task, const tp_job_options_t *options,
                          tp_result_t **result);

/* Makes one result of n: ready when all of them are. It has no value. It succeeds if all have succeeded; otherwise it
 * fails as the one with the lowest index that has failed, with that one's error. It is a job of the first one's pool;
 * with n = 0 it is ready at once. The results may be of several pools, and one may be given twice.
 *
 * Owns:      results is read before the call returns. The new result keeps each of them until it has ended. *result is
 *            the caller's, to be released.
 * Requires:  the first one's pool is not destroyed before the call returns.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    the refusals; TP_EINVAL when result, results (with n > 0) or one of them is NULL.
 * Since:     TP_1.2 */
TP_API int tp_when_all(tp_result_t *const *results, size_t n, tp_result_t **result);

/* The same for the first of n results that is ready, whatever its outcome. The value is its index, a size_t; the
 * lowest, if several are ready now. Each call costs some memory until every one of the n is ready: where one waits for
 * many, one after the other, tp_as_completed is better.
 *
 * Owns:      as tp_when_all.
 * Requires:  as tp_when_all.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    as tp_when_all; TP_EINVAL when n is 0.
 * Since:     TP_1.2 */
TP_API int tp_when_any(tp_result_t *const *results, size_t n, tp_result_t **result);

TP_END_DECLS

#endif
