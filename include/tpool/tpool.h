/* SPDX-License-Identifier: MIT */
/* Stage 1: the whole contract. A thread pool with the semantics of Python's multiprocessing.pool.ThreadPool.
 *
 * House rules
 *  1. Handles are opaque and reached by pointer. NULL to a release or destroy is a no-op, elsewhere TP_EINVAL. A handle
 *     that was freed, or is of another kind, is undefined; where the library sees it, the call is TP_EINVAL, or, in
 *     builds with assertions, the process ends with a message.
 *  2. What can fail returns int: TP_OK, TP_END or a negative error; questions 1 or 0, or a negative error. On an error
 *     every handle out-pointer is set to NULL, every other one is left as it was, but for tp_pool_fd's, which is -1.
 *  3. Structs start with size_t size, their sizeof. Zero in any other field means the default. Fields are only ever
 *     appended: a smaller size works, a larger one with non-zero unknown bytes is TP_EINVAL.
 *  4. Timeouts are double seconds on the monotonic clock: 0 or less polls, TP_FOREVER (or anything too large to
 *     represent) waits for ever, NaN is TP_EINVAL. A timeout never harms the handle.
 *  5. Every function may be called from any thread, task, callback, source, initializer, finalizer and hook; no lock is
 *     held while user code runs. It works or returns TP_EDEADLK. No C++ exception or signal crosses the boundary.
 *     pthread_exit out of a source, callback, hook or initializer counts as a failed source, a returned callback, a
 *     failed initializer; the worker is replaced. Hooks that come after it run on a worker or on a thread made for them,
 *     where they may do the same.
 *  6. What the caller passes is borrowed until the job is complete, unless a hook says otherwise. Each drop hook runs
 *     exactly once for each object that it was given charge of, in every outcome.
 *  7. Accepted means completed: each accepted job ends exactly once, in a value, a task error, TP_ECANCELED,
 *     TP_ETIMEDOUT (its deadline), TP_ETERMINATED, TP_EINIT or TP_ELOST. A submit that fails has no side effect.
 *  8. After fork the child may only destroy and release what it inherited; every other call on that returns TP_EFORKED, or NULL
 *     where it returns a pointer. It may create pools of its own. A child that was forked in user code of the pool is no
 *     worker and in no task any more; it must not return from that code or end its thread there, but call _exit or exec.
 *  9. Nothing is global: no signal handler, no atexit, no environment variable, no thread before the first pool. */
#ifndef TPOOL_TPOOL_H
#define TPOOL_TPOOL_H

#include "error.h"
#include "ffi.h"
#include "host.h"
#include "pool.h"
#include "result.h"
#include "status.h"
#include "submit.h"
#include "task.h"
#include "trace.h"
#include "version.h"

#endif
