/* SPDX-License-Identifier: MIT */
/* Stage 1: for hosts whose code can't be called on foreign threads: their own threads serve as workers, and callbacks
 * run where they ask for them. */
#ifndef TPOOL_HOST_H
#define TPOOL_HOST_H

#include <stddef.h>

#include "export.h"
#include "pool.h"
#include "task.h"

TP_BEGIN_DECLS

/* Makes the calling thread a worker of a pool with TP_POOL_NO_THREADS, for a while. It has a number of its own
 * (tp_worker_index), runs the initializer as it enters and the finalizer as it leaves, and is in all else like the
 * threads of other pools: it helps where it waits, and sees tp_task_stop_requested. In a call that finds the pool closed it
 * waits for the end, too: streams have no windows meanwhile, as with tp_pool_wait_idle.
 *
 * dispatch runs the tasks without a function: it is called with the task's ctx, item and value, and returns what the task
 * would. NULL = such a task fails with TP_ETASK on this worker.
 *
 * Owns:      *ran (may be NULL) gets how many items this thread has run in this call.
 * Callback:  initializer, tasks, dispatch, sources, hooks and callbacks, all on this thread; finalizer.
 * Blocks:    until the pool has ended or timeout seconds have passed; a timeout of 0 or less runs what is there. The task
 *            that is running then is not cut short.
 * Threads:   any that is not in a call of this pool. Signals are not blocked.
 * Errors:    TP_OK when the time is up; TP_END when the pool is closed or terminated and all is done: entering again makes
 *            no sense. TP_EINVAL when pool is NULL, it has threads of its own, or timeout is NaN; TP_EAGAIN when as many
 *            threads as the pool has workers are inside already; TP_EDEADLK inside a task, callback or hook of the pool;
 *            TP_EINIT when an initializer has failed; TP_ENOMEM; TP_EFORKED. *ran is set also with TP_END.
 * Since:     TP_1 */
TP_API int tp_worker_enter(tp_pool_t *pool, tp_task_fn dispatch, double timeout, size_t *ran);

/* Says that the running task of a job with TP_TASK_CONFIRM means the 0 that it is about to return: in many hosts a function
 * that throws returns 0 or garbage to C.
 *
 * Blocks:    never.
 * Threads:   inside a task. Has no effect on tasks without TP_TASK_CONFIRM.
 * Errors:    TP_EINVAL outside of tasks.
 * Since:     TP_1 */
TP_API int tp_task_confirm(void);

/* Runs the callbacks of a pool with TP_POOL_MANUAL_CALLBACKS that are due, on this thread, one after another in the order
 * in which their jobs ended. A job is ready when its callback has returned. Besides this call, callbacks of such a pool run
 * only on threads outside of it that wait: for the job itself (tp_result_wait, tp_result_get), or for the pool
 * (tp_pool_join, tp_pool_wait_idle, tp_pool_destroy). A call that finds the pool closed waits for its end, too: streams have
 * no windows meanwhile, as with tp_pool_wait_idle. Inside a callback of the pool, where a dialog has an event loop of its
 * own, it runs the others that are due, on top of that callback and in their order, to any depth. (Until 1.2 it was
 * TP_EDEADLK.)
 *
 * Owns:      *ran (may be NULL) gets how many callbacks this call has run.
 * Callback:  callback and error_callback of ended jobs, on this thread.
 * Blocks:    while none is due, at most timeout seconds; 0 or less runs what is due.
 * Threads:   any outside the pool; one at a time runs callbacks, another one finds none due.
 * Errors:    TP_OK when it has run some, or timeout polls; TP_ETIMEDOUT when none came; TP_END when the pool is closed or
 *            terminated and all is done, so that none can come; inside a callback, all but the jobs whose callbacks this
 *            thread is in. TP_EINVAL when pool is NULL or without TP_POOL_MANUAL_CALLBACKS, or timeout is NaN; TP_EDEADLK
 *            inside a task or hook of the pool, which a done callback is, too, also where that runs inside a callback, or
 *            when no stack is left for callbacks in callbacks; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_run_callbacks(tp_pool_t *pool, double timeout, size_t *ran);

/* Gives a file descriptor that is readable while callbacks of a pool with TP_POOL_MANUAL_CALLBACKS are due: one end of a
 * stream socket pair, for poll, epoll, libuv, GLib, asyncio, Node and the like. What can be read there means nothing and
 * need not be read. A callback that has begun is not due any more: a loop inside one sees the others alone.
 *
 * Owns:      *fd, the same each time, stays the pool's and is closed with it; a host whose object closes it does no harm.
 *            Non-blocking, close-on-exec.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL or the pool is without TP_POOL_MANUAL_CALLBACKS; TP_EAGAIN when the system
 *            has no descriptor left; TP_EFORKED. *fd is then -1.
 * Since:     TP_1 */
TP_API int tp_pool_fd(tp_pool_t *pool, int *fd);

TP_END_DECLS

#endif
