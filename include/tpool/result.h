/* SPDX-License-Identifier: MIT */
/* One handle for the outcome of apply, map, for and imap jobs. */
#ifndef TPOOL_RESULT_H
#define TPOOL_RESULT_H

#include <stddef.h>

#include "error.h"
#include "export.h"
#include "status.h"

/* The outcome of a job. tp_result_retain and tp_result_release count its owners. It outlives its pool, and many
 * threads may use it at once.
 *
 * A worker that waits in one of the calls below runs unstarted items of the job it waits for. A thread outside the
 * pool does so in a pool with TP_POOL_CALLER_HELPS. If the wait of a worker could not end otherwise, the worker also
 * runs unstarted items of its own pool that the job depends on, be it through other pools. A thread that waits runs
 * no other tasks. A wait returns TP_EDEADLK when the library sees that it can never end.
 *
 * Timeouts are in seconds on the monotonic clock: 0 or less polls, TP_FOREVER waits for ever. After a timeout the
 * handle is as it was: the caller may ask again. */
typedef struct tp_result tp_result_t;

TP_BEGIN_DECLS

/* Returns 1 once the job has ended and its callback has returned, else 0. A stream is ready when its source has
 * ended and every item is done, whether it was read or not. When any call has told that a job is ready, the job is
 * over for its pool, too: tp_pool_stats has counted it, a pool with max_pending has room for another, and
 * tp_pool_wait_idle waits only for the job's done callbacks.
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

/* Waits until the job is ready, whatever the outcome. Inside a callback a job counts as ready once its values are
 * final. While this call waits for a stream, the stream has no window, because the caller may be the only thread
 * that would read it. With timeout 0 or less the window stays. The same holds for tp_wait_any, tp_wait_all and
 * tp_completed_next and the streams that they wait for. Items that were pulled meanwhile stay pulled.
 *
 * Callback:  items of the job where this thread helps (tp_result_t); with TP_POOL_MANUAL_CALLBACKS, on a thread
 *            outside the pool, also callbacks that are due.
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL or timeout is NaN; TP_ETIMEDOUT; TP_EDEADLK when the job can end only
 *            after this call has returned, be it through other pools, or when no stack is left for what the thread
 *            has to run meanwhile; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_wait(tp_result_t *result, double timeout);

/* Waits for the job, then lends its n values in the order of the items, value_size bytes each. Every call gives the
 * same pointer.
 *
 * Owns:      *values is borrowed until the result is released; NULL when there are none. values itself may be NULL.
 * Callback:  as tp_result_wait.
 * Blocks:    until the job is ready, at most timeout seconds.
 * Threads:   any.
 * Errors:    those of tp_result_wait; TP_EINVAL on a stream; TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its
 *            deadline; tp_result_ready is then 1), TP_ETERMINATED, TP_EINIT as the job ended (tp_result_error says
 *            more).
 * Since:     TP_1 */
TP_API int tp_result_get(tp_result_t *result, double timeout, void **values);

/* Moves the next value of a stream into value; NULL drops the value. Several threads may call this: each value goes
 * to exactly one of them. A failed item gives one TP_ETASK or TP_ELOST (details in tp_last_error), and the stream
 * goes on. A stream that was terminated or cancelled, that its deadline cut, or whose pool broke, yields what has
 * run, then that status once, then TP_END. A failed source gives one TP_ETASK, after the results before it.
 *
 * Owns:      *value is the caller's.
 * Callback:  value_move or value_drop, on this thread; source and tasks of the stream where this thread helps.
 * Blocks:    until a value is there, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_END after the last value, however often it is asked for; TP_EINVAL when result is NULL or no stream,
 *            or timeout is NaN; TP_ETIMEDOUT when the time of this call is up, or when the deadline cut the stream
 *            (the next call then returns TP_END); TP_EDEADLK inside an item or the source of this stream when no
 *            value is there; TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETERMINATED, TP_EINIT as above; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_next(tp_result_t *result, double timeout, void *value);

/* Ends the unstarted items of the job with TP_ECANCELED and asks the running ones to stop (tp_task_stop_requested).
 * It has no effect on a job that has ended.
 *
 * Callback:  drop hooks and the callback, on this thread, when nothing of the job was running.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_cancel(tp_result_t *result);

/* Cancels the job if nothing of it has started: no item, nor the source of a stream. It then ends in TP_ECANCELED.
 * Otherwise nothing changes, and nothing is asked to stop.
 *
 * Callback:  as tp_result_cancel.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    1 when this call has cancelled the job; 0 when something of it had started, or it had been cancelled.
 *            TP_EINVAL when result is NULL; TP_EFORKED. tp_last_error() says more about both.
 * Since:     TP_1.2 */
TP_API int tp_result_cancel_pending(tp_result_t *result);

/* Gives an item to a stream that is fed (tp_pool_imap without a source). Items run, and an ordered stream yields
 * their values, in the order in which they were pushed.
 *
 * Owns:      the stream copies the item (by item_move, or its bytes), and later drops the copy. When the call does
 *            not return TP_OK, the item was not taken.
 * Callback:  item_move on this thread; tasks of the stream where this thread helps (tp_result_t).
 * Blocks:    while the window is full, at most timeout seconds, and while another thread is pushing.
 * Threads:   any, several at once, too.
 * Errors:    TP_EINVAL when stream is NULL or no stream that is fed, item is NULL with item_size, timeout is NaN, or
 *            after tp_result_push_end (tp_last_error() says which); TP_ETIMEDOUT when the window stays full;
 *            TP_EDEADLK when the window is full, inside an item of this stream; TP_ECANCELED when the stream was cut:
 *            cancelled, terminated, past its deadline or broken, which tp_result_next says; TP_ETASK when item_move
 *            threw; TP_ENOMEM; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_result_push(tp_result_t *stream, const void *item, double timeout);

/* Says that no more items will come. The last tp_result_release of the stream says so, too. A second call has no
 * effect. An item that another thread is pushing now still counts.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when stream is NULL or no stream that is fed; TP_EFORKED. tp_last_error() says more.
 * Since:     TP_1.2 */
TP_API int tp_result_push_end(tp_result_t *stream);

/* Tells how many items are done, and how many there are in total. The total of a stream grows until its source ends.
 * For a stream, done is never less than the number of values that tp_result_next has handed over. Either pointer may
 * be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_progress(const tp_result_t *result, size_t *done, size_t *total);

/* Returns the failure with the lowest index so far, or NULL when there is none.
 *
 * Owns:      the error is borrowed, as long as the result lives.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or the process is a forked child.
 * Since:     TP_1 */
TP_API const tp_error_t *tp_result_error(const tp_result_t *result);

/* Returns how one item ended: TP_OK, TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (its deadline), TP_ETERMINATED
 * or TP_EINIT. For an apply job the index is 0. In a for job every item of a chunk has the status of its chunk: how
 * the call for that chunk ended, or why it never ran. Inside the job's callback this call already answers, as
 * tp_result_get does.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result is NULL or a stream, or index is not below n; TP_ENOTREADY; TP_ENOMEM when there
 *            was not enough memory to record every failure, and none is recorded for this item; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_result_item_status(const tp_result_t *result, size_t index);

/* Returns the error of one failed item of a map with TP_JOB_KEEP_ERRORS. Without that flag only the item whose
 * failure is the job's failure has an error here. Returns NULL when the item has not failed or has no error here.
 * Inside the job's callback this call already answers.
 *
 * Owns:      the error is borrowed, as long as the result lives.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or not ready, index is not below n, or the process is a forked child.
 * Since:     TP_1.1 */
TP_API const tp_error_t *tp_result_item_error(const tp_result_t *result, size_t index);

/* Registers a done callback: the library calls fn(user, result) once when the job is ready, whatever the outcome,
 * after the callback in the job's options has returned. Done callbacks that were added before the job is ready run
 * in the order in which they were added. An exception that fn throws is dropped, and fn can't set an error. fn
 * should be short: it may run at the same time as other callbacks.
 *
 * Owns:      user is fn's. The handle that fn gets is valid during the call of fn, even when all others are
 *            released.
 * Callback:  fn, on the thread that makes the job ready, also with TP_POOL_MANUAL_CALLBACKS; when the job is ready
 *            already, on this thread, before the call returns.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when result or fn is NULL; TP_ENOMEM; TP_EFORKED. After an error fn is never called.
 * Since:     TP_1.1 */
TP_API int tp_result_add_done_callback(tp_result_t *result, void (*fn)(void *user, tp_result_t *result), void *user);

/* Adds an owner to the result and returns the result.
 *
 * Owns:      the caller has to call tp_result_release once more.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when result is NULL or the process is a forked child.
 * Since:     TP_1 */
TP_API tp_result_t *tp_result_retain(tp_result_t *result);

/* Gives up one ownership of the result. When the last owner is gone, the job runs on by itself, a stream without a
 * window, and its values go to value_drop. NULL has no effect. In a forked child the call only forgets the handle.
 *
 * Callback:  value_drop, payload_drop and the pool's unobserved: on this thread when the job has ended, else on the
 *            thread that ends it.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API void tp_result_release(tp_result_t *result);

/* Waits until any of n results is ready and tells which one: the lowest index when several are.
 *
 * Callback:  unstarted items of the results, in order, where this thread helps (tp_result_t).
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_EINVAL when n is 0, when results, one of them or index is NULL, or when timeout is NaN;
 *            TP_ETIMEDOUT; TP_EDEADLK; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_wait_any(tp_result_t *const *results, size_t n, double timeout, size_t *index);

/* Waits until all of n results are ready. With n = 0 it returns at once.
 *
 * Callback:  unstarted items of the results, in order, where this thread helps (tp_result_t).
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_EINVAL when results (with n > 0) or one of them is NULL, or timeout is NaN; TP_ETIMEDOUT;
 *            TP_EDEADLK; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_wait_all(tp_result_t *const *results, size_t n, double timeout);

/* A list of results that tells them in the order in which they become ready. */
typedef struct tp_completed tp_completed_t;

/* Starts to watch n results. They may belong to different pools, and one may be given twice.
 *
 * Owns:      *completed is the caller's, to be released. It keeps each result until it has told its index; from then
 *            on the caller's own handle alone keeps the result. A result that nobody else keeps by then is kept
 *            until *completed is released.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when completed is NULL, or when results (with n > 0) or one of them is NULL; TP_ENOMEM;
 *            TP_EFORKED. *completed is then NULL.
 * Since:     TP_1.1 */
TP_API int tp_as_completed(tp_result_t *const *results, size_t n, tp_completed_t **completed);

/* Waits until one more of the results is ready and tells its index in results. It tells each index once.
 *
 * Callback:  unstarted items of the results, in order, where this thread helps (tp_result_t).
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any, several at once, too: each index goes to one of them.
 * Errors:    TP_END after the last index, however often it is asked for; TP_EINVAL when completed or index is NULL
 *            or timeout is NaN; TP_ETIMEDOUT; TP_EDEADLK; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_completed_next(tp_completed_t *completed, double timeout, size_t *index);

/* Releases a handle of tp_as_completed and the results that it still keeps. NULL has no effect. In a forked child
 * the call only forgets the handle.
 *
 * Requires:  no other thread uses the handle from this call on.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1.1 */
TP_API void tp_completed_release(tp_completed_t *completed);

TP_END_DECLS

#endif
