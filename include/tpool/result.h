/* SPDX-License-Identifier: MIT */
/* Stage 1: one handle for the outcome of apply, map, for and imap jobs. */
#ifndef TPOOL_RESULT_H
#define TPOOL_RESULT_H

#include <stddef.h>

#include "error.h"
#include "export.h"
#include "status.h"

/* A job's outcome. Counted by retain and release; outlives its pool; may be used by many threads at once. A worker that
 * waits in any call below runs unstarted items of the awaited job; a thread outside does so in a pool with
 * TP_POOL_CALLER_HELPS. A worker whose wait could not end otherwise also runs unstarted items of its own pool that the
 * awaited job depends on, through whatever pools. What the library sees can't end returns TP_EDEADLK. A timeout is in seconds on the monotonic clock: 0 or less polls, TP_FOREVER waits for ever;
 * the handle stays as it was, ask again later. */
typedef struct tp_result tp_result_t;

TP_BEGIN_DECLS

/* Returns 1 once the job has ended and its callback has returned, else 0. A stream is ready when its source has ended
 * and every item is done, read or not. A job that is ready, whoever told so, is over for its pool, too: tp_pool_stats has
 * counted it, where max_pending bounds the pool there is room for another, and tp_pool_wait_idle does not wait for it, but
 * for its done callbacks.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_ready(const tp_result_t *result);

/* Returns 1 when the job is ready and nothing in it failed, 0 when something did.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_ENOTREADY; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_successful(const tp_result_t *result);

/* Waits until the job is ready, whatever the outcome. Inside a callback a job counts as ready once its values are final.
 * A stream has no window as long as this call waits, because the caller may be the one who would read it; a poll leaves it
 * as it is. So do tp_wait_any, tp_wait_all and tp_completed_next with the streams that they wait for. What was pulled
 * meanwhile stays.
 *
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL or timeout NaN; TP_ETIMEDOUT; TP_EDEADLK when the job could only end after
 *            this call, also through other pools, or a worker has no stack left to run it on; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_wait(tp_result_t *result, double timeout);

/* Waits, then lends the n values in input order, value_size bytes each. Repeatable: the same pointer each time.
 *
 * Owns:      *values is borrowed until the result is released; NULL when there are none. values itself may be NULL.
 * Blocks:    until the job is ready, at most timeout seconds.
 * Threads:   any.
 * Errors:    those of tp_result_wait; TP_EINVAL on a stream; TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its
 *            deadline; tp_result_ready is then 1), TP_ETERMINATED, TP_EINIT as the job ended (tp_result_error says more).
 * Since:     TP_1 */
TP_API int tp_result_get(tp_result_t *result, double timeout, void **values);

/* Moves the next value of a stream into value; NULL drops it. Several threads may call it: each value goes to exactly
 * one. A failed item is one TP_ETASK or TP_ELOST (details in tp_last_error) and the stream goes on. A stream that was
 * terminated or cancelled, that its deadline cut, or whose pool broke, yields what has run, then that status once, then
 * TP_END. A failed source is one TP_ETASK after the results before it.
 *
 * Owns:      *value is the caller's.
 * Callback:  value_move or value_drop, on this thread; source and tasks of the stream where this thread helps.
 * Blocks:    until a value is there, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_END after the last, again and again; TP_EINVAL when result is NULL or no stream, or timeout NaN;
 *            TP_ETIMEDOUT of this call, or as above, when the next call is TP_END;
 *            TP_EDEADLK inside an item or the source of this stream when nothing is there; TP_ETASK, TP_ELOST,
 *            TP_ECANCELED, TP_ETERMINATED, TP_EINIT as above; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_next(tp_result_t *result, double timeout, void *value);

/* Ends the unstarted items of the job with TP_ECANCELED and asks the running ones to stop. A no-op on an ended job.
 *
 * Callback:  drop hooks and the callback, on this thread, when nothing of the job was running.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_cancel(tp_result_t *result);

/* Tells how many items are done, and of how many; the total of a stream grows until its source ends. A stream has never done
 * fewer than tp_result_next has handed over. Either pointer may be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_progress(const tp_result_t *result, size_t *done, size_t *total);

/* Returns the failure with the lowest index so far; NULL when there is none.
 *
 * Owns:      borrowed, as long as the result lives.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or the process is a forked child.
 * Since:     TP_1 */
TP_API const tp_error_t *tp_result_error(const tp_result_t *result);

/* Returns how one item ended: TP_OK, TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its deadline), TP_ETERMINATED or
 * TP_EINIT. For an apply job the index is 0; in a for job every item of a chunk has the chunk's status: what the call that
 * ran it returned, or, where it never ran, why. In the job's callback it answers already, as tp_result_get does.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL or a stream, or index is not below n; TP_ENOTREADY; TP_ENOMEM when there was no
 *            memory to note every failure, and this item has none that was noted; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_item_status(const tp_result_t *result, size_t index);

/* Returns the error of one failed item of a map with TP_JOB_KEEP_ERRORS; without it, of the item whose failure is the
 * job's. NULL when the item did not fail or is not told of. In the job's callback it answers already.
 *
 * Owns:      borrowed, as long as the result lives.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or not ready, index is not below n, or the process is a forked child.
 * Since:     TP_1.1 */
TP_API const tp_error_t *tp_result_item_error(const tp_result_t *result, size_t index);

/* Has fn(user, result) called when the job is ready, after all that tp_pool_* callbacks do: once, whatever the outcome.
 * Those that were added before that run in their order. What fn throws is dropped, and it can set no error. It should be
 * short: it runs beside other callbacks, not in turn with them.
 *
 * Owns:      user is fn's. The handle is valid for that call, even when all others are released.
 * Callback:  on the thread that makes the job ready, also with TP_POOL_MANUAL_CALLBACKS; on this thread, before the call
 *            returns, when the job is ready.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result or fn is NULL; TP_ENOMEM; TP_EFORKED. fn is then not called.
 * Since:     TP_1.1 */
TP_API int tp_result_add_done_callback(tp_result_t *result, void (*fn)(void *user, tp_result_t *result), void *user);

/* Adds an owner to the result.
 *
 * Owns:      one more tp_result_release is due.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or the process is a forked child; else result.
 * Since:     TP_1 */
TP_API tp_result_t *tp_result_retain(tp_result_t *result);

/* Gives up one ownership. The last one detaches: the job runs on, a stream without a window, and its values go to
 * value_drop. NULL is a no-op. In a forked child it only forgets the handle.
 *
 * Callback:  value_drop and payload_drop, and the pool's unobserved, on this thread when the job has ended.
 * Blocks:    never.
 * Threads:   any.
 * Since:     TP_1 */
TP_API void tp_result_release(tp_result_t *result);

/* Waits until any of n results is ready and tells which; the lowest index when several are.
 *
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any. A worker runs unstarted items of the results, in order.
 * Errors:    TP_EINVAL when n is 0, results or one of them or index is NULL, or timeout NaN; TP_ETIMEDOUT; TP_EDEADLK;
 *            TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_wait_any(tp_result_t *const *results, size_t n, double timeout, size_t *index);

/* Waits until all of n results are ready; at once when n is 0.
 *
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any. A worker runs unstarted items of the results, in order.
 * Errors:    TP_EINVAL when results (with n > 0) or one of them is NULL, or timeout NaN; TP_ETIMEDOUT; TP_EDEADLK;
 *            TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_wait_all(tp_result_t *const *results, size_t n, double timeout);

/* Many results in the order in which they become ready. */
typedef struct tp_completed tp_completed_t;

/* Starts to watch n results, which may lie in any pools and repeat.
 *
 * Owns:      keeps each result until its index is told, so that from then on it goes with the caller's handle; one that
 *            nobody else keeps by then, until the end of the handle. *completed, to be released.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when completed is NULL, or results (with n > 0) or one of them is; TP_ENOMEM; TP_EFORKED.
 *            *completed is then NULL.
 * Since:     TP_1.1 */
TP_API int tp_as_completed(tp_result_t *const *results, size_t n, tp_completed_t **completed);

/* Waits for the next one to be ready and tells its index in results; each once.
 *
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any, also several: each index goes to one. A worker runs unstarted items of the results, in order.
 * Errors:    TP_END after the last, again and again; TP_EINVAL when completed or index is NULL or timeout NaN;
 *            TP_ETIMEDOUT; TP_EDEADLK; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_completed_next(tp_completed_t *completed, double timeout, size_t *index);

/* Gives up the handle and its hold on the results. NULL is a no-op. In a forked child it only forgets the handle.
 *
 * Requires:  no other thread uses the handle from here on.
 * Blocks:    never.
 * Threads:   any.
 * Since:     TP_1.1 */
TP_API void tp_completed_release(tp_completed_t *completed);

TP_END_DECLS

#endif
