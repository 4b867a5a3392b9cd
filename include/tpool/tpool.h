/* SPDX-License-Identifier: MIT */
/* The whole contract. A thread pool with the semantics of Python's multiprocessing.pool.ThreadPool.
 *
 * House rules
 *  1. A handle is an opaque pointer. Releasing or destroying NULL does nothing; elsewhere NULL is TP_EINVAL. Using a
 *     handle that was freed, or that is of another kind, is undefined. Where the library notices it, the call
 *     returns TP_EINVAL; a library built with assertions prints a message and ends the process.
 *  2. A function that can fail returns int: TP_OK, TP_END or a negative error. A function that answers a question
 *     returns 1 for yes, 0 for no, or a negative error. On an error the library sets every handle out-pointer to
 *     NULL and leaves every other out-pointer's target as it was; only tp_pool_fd sets *fd to -1.
 *  3. Structs start with size_t size: set it to the struct's sizeof. Zero in any other field means the default. New
 *     versions only append fields. A smaller size works; a larger one is TP_EINVAL if a byte that the library does
 *     not know is not zero.
 *  4. A timeout is a double, in seconds on the monotonic clock. 0 or less polls. TP_FOREVER, and any number too
 *     large to represent, waits for ever. NaN is TP_EINVAL. A timeout never harms the handle: the caller may ask
 *     again.
 *  5. Every function may be called from any thread, task, callback, source, initializer, finalizer and hook. It
 *     works, or it returns TP_EDEADLK. The library holds no lock while user code runs. No C++ exception and no
 *     signal crosses the boundary. After pthread_exit in a source, the source has failed; in a callback or a hook,
 *     the callback or hook has returned; in an initializer, the initializer has failed. The pool replaces the
 *     worker. Hooks that are due after that run on a worker, or on a thread made for them, where they may call
 *     pthread_exit, too.
 *  6. The library borrows what the caller passes until the job is complete, unless a hook says otherwise. A drop
 *     hook runs exactly once for each object in its charge, whatever the outcome.
 *  7. An accepted job ends exactly once: in a value, a task error, TP_ECANCELED, TP_ETIMEDOUT (its deadline),
 *     TP_ETERMINATED, TP_EINIT or TP_ELOST. A submit that fails has no side effect.
 *  8. After fork, the child may only destroy and release what it inherited. Every other call on an inherited handle
 *     returns TP_EFORKED, or NULL where the function returns a pointer. The child may create pools of its own. A
 *     child that was forked in user code of a pool is no longer a worker and no longer in a task. It must not return
 *     from that code or end its thread there: it must call _exit or exec.
 *  9. Nothing is global: the library has no signal handler and no atexit function, reads no environment variable,
 *     and starts no thread before the first pool.
 *
 * A comment on a function first says what the function does. Then it says who owns what (Owns), which user code runs
 * on which thread (Callback), what the caller must see to (Requires), what the call waits for (Blocks), which
 * threads may call it (Threads), every error (Errors), and the symbol node that it came with (Since). A part with
 * nothing to say is left out. */
#ifndef TPOOL_TPOOL_H
#define TPOOL_TPOOL_H

#include "error.h"
#include "ffi.h"
#include "future.h"
#include "group.h"
#include "host.h"
#include "pool.h"
#include "result.h"
#include "spawn.h"
#include "status.h"
#include "submit.h"
#include "task.h"
#include "trace.h"
#include "version.h"

#endif
