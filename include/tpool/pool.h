/* SPDX-License-Identifier: MIT */
/* Stage 1: a pool of worker threads. */
#ifndef TPOOL_POOL_H
#define TPOOL_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "export.h"
#include "task.h"

#if defined(__GNUC__)
#define TP_FOREVER (__builtin_inf()) /* a timeout that never ends */
#else
#define TP_FOREVER (1e300 * 1e300)
#endif

/* tp_pool_options_t.flags: a thread outside the pool that waits for a job may run that job's own unstarted items.
 * (A worker that waits always does, and runs nothing else.) */
#define TP_POOL_CALLER_HELPS 1u
/* Callbacks run where the host asks for them (host.h). */
#define TP_POOL_MANUAL_CALLBACKS 2u
/* The pool has no threads of its own: the host's enter (host.h), at most as many at once as there are workers. */
#define TP_POOL_NO_THREADS 4u
/* Workers, also those that come later, keep the signal mask of the thread that creates the pool. Without it they block
 * all signals, so that handlers run on the program's own threads; but for those of faults, and for SIGPROF and SIGVTALRM
 * by which profilers look at a thread. What starts a program inside a task passes the worker's mask on, so that the
 * program would not hear SIGTERM:
 *   fork                    the library gives the child the mask of the thread that created the pool, if the task has
 *                           left the worker's as it was;
 *   posix_spawn             takes a mask in its attributes: posix_spawnattr_setsigmask, with POSIX_SPAWN_SETSIGMASK;
 *   system, popen, vfork    have no place for one: pthread_sigmask around the call, which the worker's next rest undoes,
 *                           too; or this flag.
 * With TP_POOL_NO_THREADS without effect: a thread that serves has its host's mask. Since TP_1.2. */
#define TP_POOL_KEEP_SIGNALS 8u

/* How a pool is to be. Zero in a field means its default. */
typedef struct tp_pool_options {
  size_t size;                    /* sizeof(tp_pool_options_t) */
  size_t workers;                 /* 0 = the CPUs this process may use: affinity and cgroup quota, at least 1 */
  int (*initializer)(void *arg);  /* on each worker before its first task; non-zero breaks the pool (TP_EINIT) */
  void (*finalizer)(void *arg);   /* on each worker that was initialized, as it ends */
  void *arg;                      /* for both, and for unobserved */
  const char *name;               /* prefix of the threads' names, copied; NULL = "tpool" */
  uint32_t flags;                 /* TP_POOL_CALLER_HELPS, TP_POOL_MANUAL_CALLBACKS, TP_POOL_NO_THREADS,
                                     TP_POOL_KEEP_SIGNALS */
  size_t max_pending;             /* 0 = no bound; else so many accepted jobs that have not ended: further submits from
                                     outside wait for room, with TP_JOB_TRY return TP_EAGAIN; workers never wait, nor
                                     does TP_JOB_UNBOUNDED */
  void (*unobserved)(void *arg, const tp_error_t *error); /* a task failed in a job that nobody looked at; on the thread
                                     that gave the job up. Cancelled and terminated jobs are not reported */
  void (*arg_drop)(void *arg);    /* once, after the last finalizer */
  /* Since TP_1.1 */
  const unsigned *cpus;           /* worker i runs on CPU cpus[i % n_cpus] alone; copied; NULL = where the system likes.
                                     With TP_POOL_NO_THREADS neither this nor nice is allowed */
  size_t n_cpus;                  /* how many cpus has */
  int nice;                       /* added to the workers' priority as nice(1) does, -20 (first) to 19 (last); 0 = that
                                     of the thread that creates the pool. Below 0 takes a privilege of the process */
} tp_pool_options_t;

/* A snapshot; each number is exact for some moment of the call. A job that is known to be ready is in it. */
typedef struct tp_pool_stats {
  size_t size;         /* sizeof(tp_pool_stats_t) */
  uint64_t state;      /* 0 running, 1 closed, 2 terminated, 3 joined, 4 broken */
  uint64_t workers;    /* threads of the pool */
  uint64_t busy;       /* workers that run something */
  uint64_t queued;     /* items accepted or pulled, and not started */
  uint64_t running;    /* items being run */
  uint64_t submitted;  /* jobs accepted since creation */
  uint64_t completed;  /* jobs ended, whatever the outcome */
  uint64_t failed;     /* of these: with an error other than the next line's */
  uint64_t cancelled;  /* of these: cancelled or terminated */
  uint64_t items;      /* items run */
  uint64_t steals;     /* times a worker took work from another */
  uint64_t parks;      /* times a worker went to sleep */
  uint64_t callbacks;  /* callbacks run */
  /* Since TP_1.1 */
  uint64_t paused;     /* 1 between tp_pool_pause and tp_pool_resume */
  uint64_t timed_out;  /* jobs past their deadline; counted in failed, too */
} tp_pool_stats_t;

TP_BEGIN_DECLS

/* Creates a pool and starts its workers; initializers may still be running when it returns. All or nothing: on an error
 * no thread is left and arg stays the caller's.
 *
 * Owns:      *pool, to be destroyed. options is copied; NULL = defaults.
 * Callback:  initializer and finalizer on the workers, concurrently; arg_drop once the pool is gone.
 * Blocks:    until the threads exist; up to 0.2 s while the system refuses one.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL, a size or flag is unknown, workers exceeds 4096, nice is out of range, one of
 *            cpus is no CPU that the process may use, only one of cpus and n_cpus is given, or one of the three is
 *            with TP_POOL_NO_THREADS; TP_EAGAIN when the system refuses a thread or the priority;
 *            TP_ENOMEM. *pool is then NULL.
 * Since:     TP_1 */
TP_API int tp_pool_create(const tp_pool_options_t *options, tp_pool_t **pool);

/* Stops admission: submits return TP_ECLOSED, from tasks and callbacks, too. What was accepted runs. Idempotent.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_close(tp_pool_t *pool);

/* Stops admission and ends what has not started with TP_ETERMINATED; running tasks see tp_task_stop_requested and end
 * with what they return. When the call returns, every job of which nothing had started is over and its hooks have run;
 * what a submit call in another thread is just about to queue is ended as soon as it is. Of a stream also the items are
 * dropped that had not started, but for the rest of a chunk that a worker is at, which drops it when its item returns.
 * Idempotent: a call beside another one, or inside a hook of it, returns at once.
 *
 * Callback:  drop hooks and callbacks of the ended jobs, on this thread, or on the one that runs a callback already. So
 *            that none of them can be kept waiting for ever, a thread that waits for a job and may run it (result.h) ends
 *            it itself, and while one of them waits for a job or a pool here, workers end what is left.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_terminate(tp_pool_t *pool);

/* Waits until every accepted job has ended and every worker has, finalizers included: no thread that the pool ever had is
 * left, nor are their thread-locals. Resumes a paused pool. With
 * TP_POOL_NO_THREADS somebody has to serve meanwhile (host.h); with TP_POOL_MANUAL_CALLBACKS due callbacks run on this
 * thread. Lifts the windows of unread streams, so that they run to their end; what they yield stays readable. May be
 * called again, and concurrently.
 *
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any outside the pool.
 * Errors:    TP_EINVAL when pool is NULL or timeout NaN; TP_EDEADLK inside a task, callback or hook of the pool, or
 *            when a job of the pool could only end after this call; TP_ERUNNING before close or terminate; TP_ETIMEDOUT; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_join(tp_pool_t *pool, double timeout);

/* Waits until no job is queued or running: every one is ready, and its callbacks and done callbacks have returned. The
 * pool stays open. A stream counts until its source has ended. Whoever has learned that the last job is ready finds the
 * pool idle, even with timeout 0, unless one of its done callbacks still runs. As long as this call waits, streams have no
 * windows, also those that start meanwhile, because the caller may be the one who would read them; a poll leaves the
 * windows as they are. What was pulled meanwhile stays.
 *
 * Blocks:    until then, at most timeout seconds, and at most a few steps of the library in another thread longer.
 * Threads:   any outside the pool.
 * Errors:    TP_EINVAL when pool is NULL or timeout NaN; TP_EDEADLK inside a task, callback or hook of the pool, or
 *            when a job of the pool could only end after this call; TP_ETIMEDOUT; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_wait_idle(tp_pool_t *pool, double timeout);

/* Terminates, joins and frees the pool. Results outlive it. On one of its own workers (also in a callback or hook run
 * there) it terminates and returns, and the pool is freed when its last worker ends; that one's thread is then the only
 * one left, about to end by itself. NULL is a no-op. In a forked child it only forgets the handle.
 *
 * Callback:  as tp_pool_terminate; then arg_drop.
 * Requires:  no other thread uses the handle from here on.
 * Blocks:    until running tasks have returned.
 * Threads:   any.
 * Since:     TP_1 */
TP_API void tp_pool_destroy(tp_pool_t *pool);

/* Lets workers start nothing more: what they run, or are about to, goes on, of a loop or a stream to the end of the
 * chunk. What is submitted from here on is accepted and waits; blocking calls wait with it, but for threads that run
 * their items themselves. Callbacks run. Idempotent.
 *
 * Blocks:    never; what runs may still run when it returns.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_ECLOSED when nothing may keep the pool from its end any more: once join
 *            waits for that, after terminate, and when the pool is broken; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_pause(tp_pool_t *pool);

/* Lets workers go on. Idempotent.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_resume(tp_pool_t *pool);

/* Changes the number of workers; 0 = the CPUs this thread may use. More are started, with the initializer; those that
 * are too many end, with the finalizer, once they have finished what they run. All or nothing. With TP_POOL_NO_THREADS it
 * changes how many may enter; who is inside stays.
 *
 * Callback:  initializer and finalizer on the workers.
 * Blocks:    until the new threads exist; never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL or workers exceeds 4096; TP_ECLOSED after close or terminate; TP_EINIT when the
 *            pool is broken; TP_EAGAIN when the system refuses a thread; TP_ENOMEM; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_resize(tp_pool_t *pool, size_t workers);

/* Tells how many workers the pool has, or is about to have after tp_pool_resize.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_workers(const tp_pool_t *pool, size_t *workers);

/* Fills stats, whose size field the caller has set; a smaller size gets as many fields as fit. Cheap
 * enough to be asked every millisecond: it reads a few words for each worker and each thread that submits, and stops
 * nobody.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL or stats->size is 0 or larger than the library's with non-zero bytes
 *            behind; TP_EFORKED.
 * Since:     TP_1 */
#if defined(__cplusplus) && defined(__GNUC__) /* the struct and the function share a name, as stat(2) does */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
TP_API int tp_pool_stats(const tp_pool_t *pool, tp_pool_stats_t *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

TP_END_DECLS

#endif
