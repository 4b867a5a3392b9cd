/* SPDX-License-Identifier: MIT */
/* A pool of worker threads. */
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

/* tp_pool_options_t.flags: a thread outside the pool that waits for a job may run that job's own unstarted items. A
 * worker that waits always does so, and runs no other tasks, except what that job depends on (result.h). */
#define TP_POOL_CALLER_HELPS 1u
/* Callbacks run on the thread that asks for them (host.h). */
#define TP_POOL_MANUAL_CALLBACKS 2u
/* The pool has no threads of its own. Threads of the host enter it (host.h), at most as many at once as workers
 * says. */
#define TP_POOL_NO_THREADS 4u
/* Workers have the signal mask of the thread that creates the pool, also the workers that start later. Without this
 * flag workers block all signals, so that handlers run on the program's own threads. They never block the signals of
 * faults, nor SIGPROF and SIGVTALRM, which profilers send to a thread. A program that a task starts inherits the
 * worker's mask, and so would not receive SIGTERM. After fork, the library gives the child the mask of the thread
 * that created the pool, if the task has not changed the worker's mask. posix_spawn takes a mask in its attributes:
 * call posix_spawnattr_setsigmask and set POSIX_SPAWN_SETSIGMASK. system, popen and vfork take no mask: set this
 * flag, or call pthread_sigmask before and after them (the worker also puts its mask back when it next has nothing
 * to do). The flag has no effect with TP_POOL_NO_THREADS: a thread that serves a pool keeps the mask that its host
 * gave it. Since TP_1.2. */
#define TP_POOL_KEEP_SIGNALS 8u
/* tp_pool_destroy and tp_pool_destroy_within close the pool and wait for what was accepted, instead of terminating it.
 * Since TP_1.2. */
#define TP_POOL_DRAIN 16u

/* Settings of a pool. Zero in a field means its default. */
typedef struct tp_pool_options {
  size_t size;                    /* sizeof(tp_pool_options_t) */
  size_t workers;                 /* how many workers; 0 = one for each CPU that this process may use (affinity and
                                     cgroup quota), at least 1 */
  int (*initializer)(void *arg);  /* runs on each worker before its first task; a return other than 0 breaks the pool
                                     (TP_EINIT) */
  void (*finalizer)(void *arg);   /* runs on each initialized worker as it ends */
  void *arg;                      /* passed to each of these functions */
  const char *name;               /* prefix of the threads' names; copied; NULL = "tpool" */
  uint32_t flags;                 /* TP_POOL_CALLER_HELPS, TP_POOL_MANUAL_CALLBACKS, TP_POOL_NO_THREADS,
                                     TP_POOL_KEEP_SIGNALS, TP_POOL_DRAIN */
  size_t max_pending;             /* the bound on accepted jobs that have not ended; 0 = none. At the bound, submits
                                     from outside the pool wait for room, or return TP_EAGAIN with TP_JOB_TRY. The
                                     pool's own workers never wait for room, nor does a job with TP_JOB_UNBOUNDED */
  void (*unobserved)(void *arg, const tp_error_t *error); /* runs when a task failed in a job that nobody looked at,
                                     on the thread that gave the job up. Not for cancelled or terminated jobs */
  void (*arg_drop)(void *arg);    /* runs once, after the last finalizer */
  /* Since TP_1.1 */
  const unsigned *cpus;           /* worker i runs only on CPU cpus[i % n_cpus]; copied; NULL = the system chooses.
                                     Not allowed with TP_POOL_NO_THREADS */
  size_t n_cpus;                  /* the number of elements of cpus */
  int nice;                       /* added to the workers' priority as by nice(1): -20 runs first, 19 last; 0 = the
                                     priority of the thread that creates the pool. Below 0 the process needs a
                                     privilege. Not allowed with TP_POOL_NO_THREADS */
  /* Since TP_1.2 */
  size_t min_workers;             /* with idle_timeout: so many threads are there from the start, and stay; at most
                                     workers. Not allowed without idle_timeout */
  double idle_timeout;            /* more than 0: threads come when they are needed, up to workers, and end after so
                                     many seconds without work, down to min_workers (see tp_pool_create). 0 = all are
                                     there from the start, and stay. Not allowed with TP_POOL_NO_THREADS */
  size_t stack_size;              /* bytes of each worker's stack; 0 = the system's default. At least
                                     sysconf(_SC_THREAD_STACK_MIN), which is enough for the library itself. No effect
                                     with TP_POOL_NO_THREADS */
} tp_pool_options_t;

/* A snapshot of a pool. Each number is exact for some moment of the call. A job that is known to be ready is
 * counted. */
typedef struct tp_pool_stats {
  size_t size;         /* sizeof(tp_pool_stats_t) */
  uint64_t state;      /* 0 running, 1 closed, 2 terminated, 3 joined, 4 broken */
  uint64_t workers;    /* threads of the pool; with idle_timeout those that exist now */
  uint64_t busy;       /* workers that are running something */
  uint64_t queued;     /* items that were accepted or pulled and have not started */
  uint64_t running;    /* items that are running */
  uint64_t submitted;  /* jobs accepted since the pool was created */
  uint64_t completed;  /* jobs that have ended, whatever the outcome */
  uint64_t failed;     /* completed jobs with an error, but not those that cancelled counts */
  uint64_t cancelled;  /* completed jobs that were cancelled or terminated */
  uint64_t items;      /* items that have run, and promises that were set */
  uint64_t steals;     /* how often a worker took work from another */
  uint64_t parks;      /* how often a worker went to sleep */
  uint64_t callbacks;  /* callbacks that have run */
  /* Since TP_1.1 */
  uint64_t paused;     /* 1 between tp_pool_pause and tp_pool_resume */
  uint64_t timed_out;  /* jobs that ended in TP_ETIMEDOUT; failed counts them, too */
} tp_pool_stats_t;

TP_BEGIN_DECLS

/* Creates a pool and starts its workers. Initializers may still be running when the call returns. On an error no
 * thread is left.
 *
 * With idle_timeout the call starts only min_workers threads. A submit starts another thread if no worker is idle and
 * there are fewer threads than workers. A worker that finds more work than it takes itself does the same. A new thread
 * runs the initializer first. A worker that has found nothing to do for idle_timeout seconds runs the finalizer and
 * ends its thread, unless there would be fewer than min_workers. The last thread stays as long as a job has not ended.
 * So each accepted job runs, also while the system refuses more threads. A pool without threads costs none. Its next
 * job starts one, and is refused with TP_EAGAIN (or TP_ENOMEM) if the system refuses that thread.
 * The number of a worker (tp_worker_index) is less than workers; threads that follow each other may have the same
 * number.
 *
 * Owns:      *pool is the caller's, to be destroyed. The library copies options; NULL = defaults. On an error arg
 *            stays the caller's.
 * Callback:  initializer and finalizer on the workers, several at a time; arg_drop when the pool is gone.
 * Blocks:    until the threads exist; up to 0.2 s while the system refuses one.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL, a size or flag is unknown, workers exceeds 4096, nice is out of range, an
 *            element of cpus is not a CPU that the process may use, only one of cpus and n_cpus is given, cpus,
 *            n_cpus, nice or idle_timeout is given with TP_POOL_NO_THREADS, idle_timeout is NaN or negative,
 *            min_workers exceeds workers or is given without idle_timeout, or stack_size is less than a thread needs
 *            (tp_last_error() says more about that); TP_EAGAIN when the system refuses a thread, for example because
 *            there is no memory for its stack, or the priority; TP_ENOMEM. *pool is then NULL.
 * Since:     TP_1 */
TP_API int tp_pool_create(const tp_pool_options_t *options, tp_pool_t **pool);

/* Closes the pool to new jobs. From then on submits return TP_ECLOSED, also those from tasks and callbacks. Accepted
 * jobs still run. Closing again has no effect.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_close(tp_pool_t *pool);

/* Closes the pool to new jobs and ends all unstarted work with TP_ETERMINATED. Running tasks see
 * tp_task_stop_requested, and end with what they return. When the call returns, every job of which nothing had
 * started is over, and its hooks have run. A job that another thread is just about to queue ends as soon as it is
 * queued. The unstarted items of a stream have been dropped, too, except for the rest of a chunk that a worker is
 * running: that worker drops it when its current item returns. Terminating again has no effect: a call at the same
 * time as another one, or inside one of its hooks, returns at once.
 *
 * Callback:  drop hooks and callbacks of the ended jobs, on this thread, or on the thread that is already running a
 *            callback of the pool. None of them can be made to wait for ever: a thread that waits for a job and may
 *            run its items (result.h) ends that job itself, and while one of them waits on this thread for a job or
 *            a pool, workers end what is left.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_terminate(tp_pool_t *pool);

/* Cancels every job that the pool has accepted so far, as tp_result_cancel does: also what these wait for in other
 * pools, but only where nobody else has a handle of that. The pool stays open. Unstarted items end with TP_ECANCELED,
 * and running tasks see tp_task_stop_requested, also tasks without a handle. A job that another thread submits during
 * the call may be cancelled, too. A job that a callback or hook of this call submits is not. When the call returns,
 * every job of which nothing had started is over, and its hooks have run, except those that another thread is just
 * about to end. In a pool that is ending, the call cancels what is left.
 *
 * Callback:  drop hooks and callbacks of the ended jobs, on this thread, or on the thread that is already running a
 *            callback of the job's pool. While one of them waits on this thread, workers end what is left.
 * Blocks:    never on running user code. Workers start nothing for a moment, while the call looks for the jobs.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_pool_cancel(tp_pool_t *pool);

/* Waits until every accepted job and every worker has ended, finalizers included. Then no thread that the pool ever
 * had is left, and none of these threads' thread-local variables. The call resumes a paused pool. With
 * TP_POOL_NO_THREADS threads of the host must serve the pool meanwhile (host.h). The call lifts the windows of
 * unread streams, so that they run to their end; their values stay readable. Several threads may join a pool, and
 * may do so again.
 *
 * Callback:  with TP_POOL_MANUAL_CALLBACKS the callbacks that are due, on this thread.
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any outside the pool.
 * Errors:    TP_EINVAL when pool is NULL or timeout is NaN; TP_EDEADLK inside a task, callback or hook of the pool,
 *            or when a job of the pool can end only after this call has returned, or when no stack is left for the done
 *            callbacks that the thread has to run meanwhile; TP_ERUNNING before close or terminate; TP_ETIMEDOUT;
 *            TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_join(tp_pool_t *pool, double timeout);

/* Waits until the pool is idle: every job is ready, and its callbacks and done callbacks have returned. The pool
 * stays open. A stream counts as running until its source has ended. A thread that knows that the last job is ready
 * finds the pool idle, even with timeout 0, unless a done callback of that job is still running. While this call
 * waits, streams have no windows, not even streams that start meanwhile, because the caller may be the only thread
 * that would read them. With timeout 0 or less windows stay. Items that were pulled meanwhile stay pulled.
 *
 * Callback:  with TP_POOL_MANUAL_CALLBACKS the callbacks that are due, on this thread.
 * Blocks:    until then, at most timeout seconds, plus the time that another thread needs for a few steps of the
 *            library.
 * Threads:   any outside the pool.
 * Errors:    TP_EINVAL when pool is NULL or timeout is NaN; TP_EDEADLK inside a task, callback or hook of the pool,
 *            or when a job of the pool can end only after this call has returned, or when no stack is left for the done
 *            callbacks that the thread has to run meanwhile; TP_ETIMEDOUT; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_wait_idle(tp_pool_t *pool, double timeout);

/* Terminates, joins and frees the pool. Results outlive it. On one of the pool's own workers (also in a callback or
 * hook there) it terminates and returns, and the last worker frees the pool as it ends. The thread of that worker is
 * then the only one left, and is about to end by itself. NULL has no effect. In a forked child the call only forgets
 * the handle.
 *
 * With TP_POOL_DRAIN the call closes the pool instead of terminating it: what was accepted runs first, and streams
 * run to the end of their sources. If the pool also has TP_POOL_NO_THREADS, this thread serves it until all is done,
 * as tp_worker_enter without dispatch does. To give up what has not started, call tp_pool_terminate before.
 *
 * Callback:  as tp_pool_terminate; then arg_drop. With TP_POOL_DRAIN as tp_pool_join, and as tp_worker_enter in a
 *            pool with TP_POOL_NO_THREADS.
 * Requires:  no other thread uses the handle from this call on.
 * Blocks:    until running tasks have returned.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API void tp_pool_destroy(tp_pool_t *pool);

/* Destroys the pool, but waits at most timeout seconds for what runs. If the time is up before that has returned, the
 * call gives the pool up: its tasks go on (with TP_POOL_DRAIN also what was accepted and has not started), and the
 * last worker frees the pool as it ends. Callbacks that become due then run on workers, also with
 * TP_POOL_MANUAL_CALLBACKS. On one of the pool's own workers the call does not wait, as tp_pool_destroy.
 *
 * Owns:      the handle is gone when the call returns TP_OK or TP_ETIMEDOUT. What the tasks use must stay until
 *            arg_drop runs.
 * Callback:  as tp_pool_destroy; after TP_ETIMEDOUT arg_drop on the pool's last worker.
 * Requires:  no other thread uses the handle from this call on.
 * Blocks:    at most timeout seconds. With timeout 0 or less it does not wait.
 * Threads:   any.
 * Errors:    TP_ETIMEDOUT when tasks still run; TP_EINVAL when pool is NULL or timeout is NaN: then the handle stays;
 *            TP_EFORKED. tp_last_error() says more about the last two.
 * Since:     TP_1.2 */
TP_API int tp_pool_destroy_within(tp_pool_t *pool, double timeout);

/* Stops workers from starting work. Running tasks finish, and so do tasks that a worker is just about to start; a
 * loop or stream stops after its current chunk. Jobs submitted from then on are accepted and wait. A blocking call
 * waits, too, unless its thread runs the items itself. Callbacks still run. Pausing again has no effect.
 *
 * Blocks:    never; tasks may still be running when it returns.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_ECLOSED when the pool is ending: once a join waits for the end, after
 *            terminate, and when the pool is broken; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_pause(tp_pool_t *pool);

/* Lets the workers of a paused pool start work again. Resuming again has no effect.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_resume(tp_pool_t *pool);

/* Changes the number of workers; 0 = one for each CPU that this thread may use. New workers start and run the
 * initializer. Surplus workers finish what they are running, then run the finalizer and end. On an error nothing
 * changes. With TP_POOL_NO_THREADS the call changes how many threads may enter; threads that are inside stay. With
 * idle_timeout it changes how many threads may come; if there are fewer than min_workers, all of them stay.
 *
 * Callback:  initializer and finalizer, on the workers.
 * Blocks:    until the new threads exist; never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL or workers exceeds 4096; TP_ECLOSED after close or terminate; TP_EINIT when
 *            the pool is broken; TP_EAGAIN when the system refuses a thread; TP_ENOMEM; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_resize(tp_pool_t *pool, size_t workers);

/* Changes the bound on accepted jobs that have not ended (tp_pool_options_t.max_pending); 0 = none. Threads that wait
 * for room look again. Where there are more jobs than the new bound, they all stay, and submits wait for room.
 *
 * Blocks:    never for long: about 10 ms when a pool without a bound gets one, so that no thread misses it.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_pool_set_max_pending(tp_pool_t *pool, size_t max_pending);

/* Tells how many workers the pool has, or is going to have after tp_pool_resize.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL; TP_EFORKED.
 * Since:     TP_1 */
TP_API int tp_pool_workers(const tp_pool_t *pool, size_t *workers);

/* Fills stats with a snapshot of the pool. The caller sets stats->size first; a smaller size gets as many fields as
 * fit. The call is cheap enough to be made every millisecond: it reads a few words for each worker and for each
 * thread that submits, and stops none of them.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL, stats->size is 0, or stats->size is larger than the library's
 *            struct and one of the bytes behind that is not zero; TP_EFORKED.
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
