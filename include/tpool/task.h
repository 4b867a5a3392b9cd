/* SPDX-License-Identifier: MIT */
/* What to run, and what a running task may ask. */
#ifndef TPOOL_TASK_H
#define TPOOL_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"

/* A pool of worker threads (pool.h). */
typedef struct tp_pool tp_pool_t;

/* Runs one item. item points to item_size bytes (NULL when that is 0). value points to value_size uninitialized
 * bytes, which are aligned for max_align_t or are an element of the caller's array (NULL when value_size is 0). A
 * task that succeeds constructs the value and returns 0. A task that fails constructs no value and returns its own
 * error code. A C++ exception that leaves the task fails the item with TP_ETASK, pthread_exit with TP_ELOST.
 *
 * A task may change its thread's floating-point modes, locale or signal mask. The worker puts them back as the
 * initializer left them: the modes and the locale before it takes more work, the signal mask when it next has
 * nothing to do. There are two exceptions for work that a worker has taken in one go. Between such tasks, the worker
 * puts back how SSE or the machine's own floating point rounds and treats small numbers; it puts back the rest only
 * if the next task has another function or ctx. Between the items of one job, which are less than 20 us of work, it
 * puts back nothing.
 *
 * TP_POOL_KEEP_SIGNALS in pool.h tells which signals a program that a task starts receives. */
typedef int (*tp_task_fn)(void *ctx, const void *item, void *value);

/* Since TP_1.2. Runs n items, at least one, in order. items and values are arrays whose elements have item_size and
 * value_size bytes (NULL when that is 0). Returns 0 when all items have succeeded. When one fails, it returns its code
 * at once, with the item's index, 0 … n-1, in *at: the items before it have succeeded, and the library goes on behind
 * it. *at is 0 at first.
 *
 * Each item has a status, an error and a value of its own, as with a tp_task_fn. Therefore *at must also be the index
 * of the running item when the item calls tp_task_set_error, and when it ends by a C++ exception or pthread_exit. When
 * an item fails and *at is no index, all n items have failed.
 *
 * The library looks between two calls whether the job was cancelled. It makes calls of about 20 us, as soon as it knows
 * what the items cost. TP_TASK_BATCH makes a batch function of a tp_task_fn, which the compiler inlines into it. */
typedef int (*tp_batch_fn)(void *ctx, const void *items, void *values, size_t n, size_t *at);

/* Runs the items begin … end-1, a whole chunk, in one call. A return other than 0 fails the chunk. */
typedef int (*tp_range_fn)(void *ctx, size_t begin, size_t end);

/* Since TP_1.2. Adds the items begin … end-1, in order, to a partial. partial points to value_size bytes, which are
 * aligned for max_align_t. At first they are a copy of identity's bytes; later calls may go on with them behind the
 * items that they have. No hook runs for them: what needs a destructor is kept elsewhere, and a pointer to it here. A
 * return other than 0 fails the chunk. */
typedef int (*tp_reduce_fn)(void *ctx, size_t begin, size_t end, void *partial);

/* Writes the next item. Returns 1 when it has written one, 0 at the end, or a negative number when it failed. One
 * thread at a time calls it, and only after the call before has returned. */
typedef int (*tp_source_fn)(void *ctx, void *item);

/* Since TP_1.2. How an object becomes bytes, for a pool over many processes (cluster.h). A constant of the program.
 * Other pools ignore it. */
typedef struct tp_codec {
  size_t size; /* sizeof(tp_codec_t) */
  size_t (*pack)(const void *object, void *to, size_t room);   /* returns how many bytes the object takes, and writes
                                                                  them if they fit into room. SIZE_MAX: it can't. May
                                                                  be called again for the same object */
  int (*unpack)(void *object, const void *from, size_t bytes); /* constructs the object; not 0: it can't */
  void (*drop)(void *object); /* destroys what unpack has made; NULL: there is nothing to do */
} tp_codec_t;

/* What to run, and the shape of its data. The library copies the struct. It borrows what the struct points to until
 * ctx_drop has run or, without one, until the job is complete. Zero in a field means none. */
typedef struct tp_task {
  size_t size;                             /* sizeof(tp_task_t) */
  tp_task_fn fn;                           /* required; only with TP_POOL_NO_THREADS may it be NULL: the serving worker
                                              then calls its own dispatch (host.h) */
  void *ctx;                               /* the same for every item */
  size_t item_size;                        /* bytes of one input */
  size_t value_size;                       /* bytes of one output */
  void (*item_move)(void *dst, void *src); /* moves an item into the library's memory; NULL copies the bytes */
  void (*item_drop)(void *item);           /* drops each item that the library holds (apply_async, imap) */
  void (*value_move)(void *dst, void *src); /* moves a value out and leaves nothing behind; NULL copies the bytes */
  void (*value_drop)(void *value);         /* drops each value that was produced and not handed over */
  void (*ctx_drop)(void *ctx);             /* runs once, when the job is over and ctx will not be used again */
  uint32_t flags;                          /* TP_TASK_CONFIRM */
  /* Since TP_1.2 */
  tp_batch_fn batch; /* does the same as fn for many items; NULL: fn for each. For map and starmap, which may use fn,
                        too; other calls use fn. Not used without fn or with TP_TASK_CONFIRM */
  const tp_codec_t *item_codec;  /* how an item becomes bytes; NULL: it is bytes. Only a cluster's pool uses it */
  const tp_codec_t *value_codec; /* the same of a value */
} tp_task_t;

/* Since TP_1.2. How to reduce items to one value (tp_pool_reduce). The library borrows all of it during the call. */
typedef struct tp_reduce {
  size_t size;                                        /* sizeof(tp_reduce_t) */
  tp_reduce_fn fn;                                    /* adds items to a partial */
  int (*combine)(void *ctx, void *into, void *from); /* adds a partial to its left neighbour, into; the library frees
                                                        from. A return other than 0 fails the call. Associative is
                                                        enough */
  void *ctx;                                          /* the first argument of both */
  const void *identity;                               /* the bytes of a partial to which nothing was added */
  size_t value_size;                                  /* how many bytes a partial has */
} tp_reduce_t;

/* tp_task_t.flags: a return of 0 is a success only if the task has called tp_task_confirm (host.h). Otherwise the
 * item fails with TP_ETASK and a message that says so. */
#define TP_TASK_CONFIRM 1u

/* Initializes a task without hooks: tp_task_t task = TP_TASK(square, NULL, int, int); */
#define TP_TASK(fn, ctx, Item, Value) TP_TASK_WITH(fn, TP_NULL, ctx, Item, Value)

/* The same with a batch function: tp_task_t task = TP_TASK_WITH(square, square_batch, NULL, int, int);
 * Since: TP_1.2 */
#define TP_TASK_WITH(fn, batch, ctx, Item, Value)                                              \
  {                                                                                            \
    sizeof(tp_task_t), (fn), (ctx), sizeof(Item), sizeof(Value), TP_NULL, TP_NULL, TP_NULL,    \
        TP_NULL, TP_NULL, 0, (batch), TP_NULL, TP_NULL                                         \
  }

/* Defines the tp_batch_fn name_batch, which calls fn, a tp_task_fn, for each item. At file scope, without a semicolon:
 * TP_TASK_BATCH(square, square, int, int) defines square_batch.
 * Since: TP_1.2 */
#define TP_TASK_BATCH(name, fn, Item, Value)                                                   \
  static inline int name##_batch(void *ctx, const void *items, void *values, size_t n,         \
                                 size_t *TP_RESTRICT at) {                                     \
    const Item *item = TP_CAST(const Item *, items);                                           \
    Value *value = TP_CAST(Value *, values);                                                   \
    size_t i;                                                                                  \
    for (i = 0; i < n; ++i) {                                                                  \
      int code;                                                                                \
      *at = i;                                                                                 \
      if ((code = (fn)(ctx, item + i, value + i)) != 0) return code;                           \
    }                                                                                          \
    return 0;                                                                                  \
  }

TP_BEGIN_DECLS

/* Says why the running task, source, initializer or callback fails. The code calls it before it returns a number
 * other than 0; a callback calls it before it returns. A second call replaces the first. If a task then returns 0,
 * the error is dropped.
 *
 * Owns:      the library copies message (NULL = the text of the status). payload passes to the library, which calls
 *            payload_drop(payload) once, when the error goes. On an error the caller keeps the payload.
 * Callback:  the payload_drop of a replaced payload, on this thread.
 * Blocks:    never.
 * Threads:   inside a task, source, initializer or callback.
 * Errors:    TP_EINVAL outside of these four; TP_ENOMEM.
 * Since:     TP_1 */
TP_API int tp_task_set_error(const char *message, void *payload, void (*payload_drop)(void *payload));

/* Returns 1 when the running task should return early, else 0. It should when its pool was terminated, when its job
 * was cancelled or is past its deadline, or when an item of its TP_JOB_FAIL_FAST job has failed.
 *
 * Blocks:    never.
 * Threads:   any; the answer is 0 outside of tasks, sources and callbacks.
 * Errors:    none.
 * Since:     TP_1 */
TP_API int tp_task_stop_requested(void);

/* Returns this worker's number, 0 … workers-1, or -1 on a thread that is no worker.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API int tp_worker_index(void);

/* Returns the number of this thread among those that run the items of its job: that of the worker. In a pool with
 * TP_POOL_CALLER_HELPS it is one more, and 0 is the thread outside the pool that helps, of which there is only one at
 * a time in one job. So no two threads that run items of one job share a number, and all numbers are below workers,
 * or workers + 1. Returns -1 outside of items, and on a thread that runs a job by TP_JOB_CALLER_RUNS in a pool
 * without TP_POOL_CALLER_HELPS.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1.2 */
TP_API int tp_participant_index(void);

/* Returns the pool of this worker, or NULL on a thread that is no worker.
 *
 * Owns:      the pool is borrowed.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API tp_pool_t *tp_worker_pool(void);

TP_END_DECLS

#endif
