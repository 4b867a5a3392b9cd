/* SPDX-License-Identifier: MIT */
/* Stage 1: what to run, and what a running task may ask. */
#ifndef TPOOL_TASK_H
#define TPOOL_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"

/* A pool of worker threads (pool.h). */
typedef struct tp_pool tp_pool_t;

/* Runs one item. item points to item_size bytes (NULL when 0), value to value_size uninitialized bytes aligned for
 * max_align_t or to the caller's array slot (NULL when 0). Returns 0 and has constructed the value, or returns the task's
 * own error code and has not. A C++ exception that leaves it fails the item with TP_ETASK, pthread_exit with TP_ELOST.
 * If it changes the modes of floating point or the locale of its thread, a worker puts them back as the initializer left
 * them before it takes more work; between tasks that it has taken together only how SSE or the machine's own floating point
 * rounds and treats small numbers, and the rest where function or ctx are others; between the items of one job that it has
 * taken together, which are less than 20 us of work, nothing; and the mask of signals once it has nothing to do. For
 * programs that a task starts, and what signals they hear, see TP_POOL_KEEP_SIGNALS in pool.h. */
typedef int (*tp_task_fn)(void *ctx, const void *item, void *value);

/* Runs the items begin … end-1 in one call: one call per chunk. Non-zero fails the chunk. */
typedef int (*tp_range_fn)(void *ctx, size_t begin, size_t end);

/* Writes the next item. Returns 1 when it has, 0 at the end, a negative number when it failed. Called by one thread at
 * a time, each call after the one before it has returned. */
typedef int (*tp_source_fn)(void *ctx, void *item);

/* What to run, and the shape of its data. The library copies the struct; what it points to is borrowed until ctx_drop
 * has run or, without one, until the job is complete. Zero in a field means none. */
typedef struct tp_task {
  size_t size;                             /* sizeof(tp_task_t) */
  tp_task_fn fn;                           /* required, but with TP_POOL_NO_THREADS: NULL = what the worker that serves
                                              was given as dispatch (host.h) */
  void *ctx;                               /* the same for every item */
  size_t item_size;                        /* bytes of one input */
  size_t value_size;                       /* bytes of one output */
  void (*item_move)(void *dst, void *src); /* moves an item into the library's memory; NULL copies the bytes */
  void (*item_drop)(void *item);           /* for each item that the library holds: apply_async's copy, imap's pulls */
  void (*value_move)(void *dst, void *src); /* moves a value out, leaving nothing behind; NULL copies the bytes */
  void (*value_drop)(void *value);         /* for each value that was produced and not handed over */
  void (*ctx_drop)(void *ctx);             /* once, when the job is over and ctx will not be used again */
  uint32_t flags;                          /* TP_TASK_CONFIRM */
} tp_task_t;

/* tp_task_t.flags: a return of 0 counts as success only if the task has called tp_task_confirm (host.h); else the item
 * fails with TP_ETASK and a message that says so. */
#define TP_TASK_CONFIRM 1u

/* Initializer for the plain case: tp_task_t task = TP_TASK(square, NULL, int, int); */
#define TP_TASK(fn, ctx, Item, Value)                                                          \
  {                                                                                            \
    sizeof(tp_task_t), (fn), (ctx), sizeof(Item), sizeof(Value), TP_NULL, TP_NULL, TP_NULL,    \
        TP_NULL, TP_NULL, 0                                                                    \
  }

TP_BEGIN_DECLS

/* Says why the running task, source, initializer or callback fails, before it returns non-zero (a callback: before it
 * returns). A second call replaces the first; a task that then returns 0 drops it.
 *
 * Owns:      copies message (NULL = the text of the status). payload passes to the library, which calls
 *            payload_drop(payload) once, when the error goes; on an error the caller keeps it.
 * Callback:  the payload_drop of a replaced payload, on this thread.
 * Blocks:    never.
 * Threads:   inside a task, source, initializer or callback.
 * Errors:    TP_EINVAL outside of these; TP_ENOMEM.
 * Since:     TP_1 */
TP_API int tp_task_set_error(const char *message, void *payload, void (*payload_drop)(void *payload));

/* Returns 1 when the running task should return early: its pool was terminated, its job cancelled or past its
 * deadline, or an item of a TP_JOB_FAIL_FAST job has failed; else 0.
 *
 * Blocks:    never.
 * Threads:   any; 0 outside of tasks, sources and callbacks.
 * Since:     TP_1 */
TP_API int tp_task_stop_requested(void);

/* Returns the number of the worker that this thread is, 0 … workers-1; -1 on any other thread.
 *
 * Blocks:    never.
 * Threads:   any.
 * Since:     TP_1 */
TP_API int tp_worker_index(void);

/* Returns the pool that this thread is a worker of; NULL on any other thread.
 *
 * Owns:      borrowed.
 * Blocks:    never.
 * Threads:   any.
 * Since:     TP_1 */
TP_API tp_pool_t *tp_worker_pool(void);

TP_END_DECLS

#endif
