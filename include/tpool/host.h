/* SPDX-License-Identifier: MIT */
/* For hosts whose code can't be called on foreign threads. Their own threads serve as workers, and
 * callbacks run on the thread that asks for them. */
#ifndef TPOOL_HOST_H
#define TPOOL_HOST_H

#include <stddef.h>

#include "export.h"
#include "pool.h"
#include "task.h"

TP_BEGIN_DECLS

/* Makes the calling thread a worker of a pool with TP_POOL_NO_THREADS for the time of the call. The thread gets a
 * number of its own (tp_worker_index). It runs the initializer as it enters, and the finalizer as it leaves. In all
 * else it is like the threads of other pools: it helps where it waits, and sees tp_task_stop_requested. A call that
 * finds the pool closed also waits for the pool's end: meanwhile streams have no windows, as in tp_pool_wait_idle.
 *
 * dispatch runs the tasks that have no function. The library calls it with the ctx, item and value of the task, and
 * it returns what the task would return. With dispatch NULL such a task fails with TP_ETASK on this worker.
 *
 * Owns:      *ran (ran may be NULL) gets the number of items that this thread has run in this call.
 * Callback:  initializer, tasks, dispatch, sources, hooks, callbacks and finalizer, all on this thread.
 * Blocks:    until the pool has ended or timeout seconds have passed. With timeout 0 or less the call runs the work
 *            that is there. A task that is running when the time is up is not cut short.
 * Threads:   any that is not in a call of this pool. The call does not block signals.
 * Errors:    TP_OK when the time is up; TP_END when the pool is closed or terminated and all is done, so that there
 *            is nothing to enter again for. TP_EINVAL when pool is NULL or has threads of its own, or when timeout
 *            is NaN; TP_EAGAIN when as many threads are inside as the pool has workers; TP_EDEADLK inside a task,
 *            callback or hook of the pool; TP_EINIT when an initializer has failed; TP_ENOMEM; TP_EFORKED. *ran is
 *            also set with TP_END.
 * Since:     TP_1 */
TP_API int tp_worker_enter(tp_pool_t *pool, tp_task_fn dispatch, double timeout, size_t *ran);

/* Confirms that the running task has succeeded. A task with TP_TASK_CONFIRM calls it before it returns 0, because in
 * many hosts a function that throws returns 0 or garbage to C. It has no effect on a task without TP_TASK_CONFIRM.
 *
 * Blocks:    never.
 * Threads:   inside a task.
 * Errors:    TP_EINVAL outside of tasks.
 * Since:     TP_1 */
TP_API int tp_task_confirm(void);

/* Runs the callbacks of a pool with TP_POOL_MANUAL_CALLBACKS that are due, on this thread, one after another in the
 * order in which their jobs ended. A job is ready when its callback has returned.
 *
 * Outside this call, callbacks of such a pool run only on threads outside the pool that wait: for the job itself
 * (tp_result_wait, tp_result_get), or for the pool (tp_pool_join, tp_pool_wait_idle, tp_pool_destroy). A call that
 * finds the pool closed also waits for the pool's end: meanwhile streams have no windows, as in tp_pool_wait_idle.
 *
 * Inside a callback of the pool, for example in the event loop of a dialog, the call runs the other callbacks that
 * are due, on top of that callback and in their order, to any depth. (Before 1.2 it returned TP_EDEADLK there.)
 *
 * Owns:      *ran (ran may be NULL) gets the number of callbacks that this call has run.
 * Callback:  callback and error_callback of ended jobs, on this thread.
 * Blocks:    while no callback is due, at most timeout seconds. With timeout 0 or less the call runs what is due.
 * Threads:   any outside the pool. One thread at a time runs callbacks; another one finds none due.
 * Errors:    TP_OK when the call has run a callback, or timeout is 0 or less; TP_ETIMEDOUT when none came; TP_END
 *            when the pool is closed or terminated and all is done, so that none can come (inside a callback: all
 *            but the jobs whose callbacks this thread is in). TP_EINVAL when pool is NULL or has no
 *            TP_POOL_MANUAL_CALLBACKS, or when timeout is NaN; TP_EDEADLK inside a task or hook of the pool, or when
 *            no stack is left for callbacks inside callbacks (a done callback counts as a hook, also one that runs
 *            inside a callback); TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_run_callbacks(tp_pool_t *pool, double timeout, size_t *ran);

/* Gives a file descriptor that is readable while callbacks of a pool with TP_POOL_MANUAL_CALLBACKS are due. It is
 * one end of a stream socket pair, for poll, epoll, libuv, GLib, asyncio, Node and the like. The bytes that can be
 * read there mean nothing, and nobody has to read them. A callback that has begun is no longer due: an event loop
 * inside a callback sees only the other callbacks.
 *
 * Owns:      *fd is the pool's, is the same in every call, and is closed with the pool. It is non-blocking and
 *            close-on-exec. A host object that closes it does no harm.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL or the pool has no TP_POOL_MANUAL_CALLBACKS; TP_EAGAIN when the
 *            system has no descriptor left; TP_EFORKED. *fd is then -1.
 * Since:     TP_1 */
TP_API int tp_pool_fd(tp_pool_t *pool, int *fd);

TP_END_DECLS

#endif
