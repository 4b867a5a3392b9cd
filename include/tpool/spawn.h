/* SPDX-License-Identifier: MIT */
/* Spawn and sync (Cilk's words), for parallel recursion without a handle, a queue or memory.
 *
 *   int sum(void *ctx) {                        // of a tree
 *     struct call *call = ctx;
 *     if (call->tree == NULL) return 0;
 *     struct call left = {call->tree->left, 0}, right = {call->tree->right, 0};
 *     tp_spawn_t spawned;
 *     tp_spawn(&spawned, sum, &left);           // another worker may run this,
 *     int failed = sum(&right);                 // while this one goes on
 *     if (tp_sync(&spawned) != TP_OK) return 1; // which has run sum(&left) when this returns
 *     call->value = call->tree->value + left.value + right.value;
 *     return failed;
 *   }
 */
#ifndef TPOOL_SPAWN_H
#define TPOOL_SPAWN_H

#include "export.h"
#include "status.h"

/* One call that was spawned. It is the caller's, usually on its stack, and stays where it is from tp_spawn until
 * tp_sync has returned. The contents are the library's. */
typedef struct tp_spawned {
  void *opaque[8]; /* the library's */
} tp_spawn_t;

TP_BEGIN_DECLS

/* Offers fn(ctx) to the other workers of this thread's pool. Without a worker that takes it, tp_sync runs it.
 *
 * What is spawned is a part of the item that spawns it. It runs even when the job is cancelled or the pool is
 * terminated, sees the item's tp_task_stop_requested, and counts as one more item in tp_pool_stats. It may call
 * whatever a task may call, also tp_task_set_error before it returns a number other than 0; tp_sync tells the
 * spawning thread of that. A pause does not hold it up.
 *
 * On a thread that is no worker, and outside of items (in a callback, a source, an initializer or a hook), there is
 * nobody to offer it to: tp_spawn runs fn at once, and tp_sync tells how that went.
 *
 * Owns:      nothing. *spawned and what fn uses have to stay until tp_sync has returned.
 * Callback:  fn(ctx), once: on another worker, on this thread in tp_sync, or on this thread now.
 * Requires:  each tp_spawn that returned TP_OK is followed by one tp_sync, by the same thread, and before anything
 *            (a return, an exception, pthread_exit) leaves the function that spawned. What was spawned last is synced
 *            first. What one function spawns in a loop needs as many tp_spawn_t. The library can't see an item that
 *            returns without a sync: others would then run a call whose memory is gone.
 * Blocks:    never, unless fn runs at once.
 * Threads:   any.
 * Errors:    TP_EINVAL when spawned or fn is NULL; TP_EFORKED in a child that was forked in user code of a pool.
 *            Then fn has not run and will not, and there is nothing to sync.
 * Since:     TP_1.2 */
TP_API int tp_spawn(tp_spawn_t *spawned, int (*fn)(void *ctx), void *ctx);

/* Returns when the call that was spawned has run. If no worker has taken it, the call runs here and now. While
 * another worker runs it, this one helps with what that call has spawned in turn, and runs nothing else.
 *
 * Callback:  fn(ctx), and what it has spawned. A payload_drop, when the thread's last error is replaced.
 * Blocks:    until the call has returned.
 * Threads:   the one that spawned.
 * Errors:    TP_ETASK when fn returned a number other than 0 or threw a C++ exception (tp_last_error has the number,
 *            the message and the payload); TP_ELOST when it ended its thread; TP_EDEADLK when no stack is left to
 *            run it on: it has not run then, and will not. (If fn, or other user code inside the item, ends this
 *            thread, the call does not return, what was spawned further out and has not started does not run, and the
 *            item ends in TP_ELOST.) TP_EINVAL when spawned is NULL, or is seen not to be the last one that this
 *            thread has spawned and not synced, as is one that was synced already; TP_EFORKED in a child of the
 *            spawning process.
 * Since:     TP_1.2 */
TP_API int tp_sync(tp_spawn_t *spawned);

TP_END_DECLS

#endif
