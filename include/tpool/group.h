/* SPDX-License-Identifier: MIT */
/* Groups: one wait, one cancel and one bound for many jobs of a pool. A job joins a group by tp_job_options_t.group.
 *
 *   tp_group_options_t options = {sizeof options, 0, 1, "log"};   // a serial queue: one at a time, in order
 *   tp_group_t *group;
 *   tp_group_create(pool, &options, &group);
 *   tp_job_options_t job = {sizeof job};
 *   job.group = group;
 *   for (i = 0; i < n; ++i) tp_pool_apply_async(pool, &task, &lines[i], &job, NULL);
 *   tp_group_wait(group, TP_FOREVER);
 *   tp_group_release(group);
 */
#ifndef TPOOL_GROUP_H
#define TPOOL_GROUP_H

#include <stddef.h>
#include <stdint.h>

#include "export.h"
#include "pool.h"

/* Jobs of one pool that belong together. Until a job of a group starts, it lies in the group's own queue. Of each level
 * (TP_JOB_URGENT) the groups that have something to start share the pool fairly: each group starts one job when it is
 * its turn. The jobs without a group are one more group there. So a long queue of one group holds up the first job of
 * another by at most one round over the groups. Within a group each level is first in, first out.
 *
 * A group costs less than 256 bytes with a short name. A pool may have any number of them. */
typedef struct tp_group tp_group_t;

/* Settings of a group. Zero in a field means its default. */
typedef struct tp_group_options {
  size_t size;        /* sizeof(tp_group_options_t) */
  size_t max_pending; /* the bound on accepted jobs of the group that have not ended; 0 = none. It is as that of the
                         pool (tp_pool_options_t), and beside it: a submit waits for room in both */
  size_t max_running; /* how many jobs (not items) of the group run at a time; 0 = any number. 1 makes a serial queue:
                         one job at a time, in the order of submission, and each sees what those before it have done.
                         Those with TP_JOB_URGENT come first, those with TP_JOB_BACKGROUND last. The next job starts
                         when the one before it is ready */
  const char *name;   /* in traces and probes the name of jobs that have none; copied; NULL = none */
} tp_group_options_t;

/* A snapshot of a group. All numbers are of one moment. A job that is known to be ready is counted. */
typedef struct tp_group_stats {
  size_t size;        /* sizeof(tp_group_stats_t) */
  uint64_t queued;    /* jobs that have not started */
  uint64_t running;   /* jobs that have started and have not ended */
  uint64_t completed; /* jobs that have ended, whatever the outcome */
  uint64_t failed;    /* completed jobs with an error, but not those that cancelled counts */
  uint64_t cancelled; /* completed jobs that were cancelled or terminated */
} tp_group_stats_t;

TP_BEGIN_DECLS

/* Creates a group of a pool's jobs.
 *
 * Owns:      *group is the caller's, to be released. The library copies options; NULL = defaults. A group outlives its
 *            pool, and keeps some memory of it.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool or group is NULL, or options->size is 0, or is larger than the library's and one of
 *            the bytes behind that is not zero (tp_last_error() says more); TP_ECLOSED after close or terminate;
 *            TP_EINIT when the pool is broken; TP_ENOMEM; TP_EFORKED. *group is then NULL.
 * Since:     TP_1.2 */
TP_API int tp_group_create(tp_pool_t *pool, const tp_group_options_t *options, tp_group_t **group);

/* Waits until none of the group's jobs is queued or running: all are ready. Other threads may add jobs meanwhile; the
 * call waits for these, too. The thread helps as one that waits for a result does (result.h): a worker of the pool, or
 * with TP_POOL_CALLER_HELPS any thread, runs unstarted items of the group's jobs, within max_running, and while the
 * group is not paused. As long as the call waits, the pool's streams have no windows, as in tp_pool_wait_idle.
 *
 * Callback:  the items that it runs. Callbacks that are due: on a worker, and elsewhere with TP_POOL_MANUAL_CALLBACKS.
 * Blocks:    until then, at most timeout seconds.
 * Threads:   any.
 * Errors:    TP_EINVAL when group is NULL or timeout is NaN; TP_EDEADLK inside one of its jobs (also in its callback or
 *            a hook), when one of its jobs can end only after this call has returned, or when no stack is left to help,
 *            or for the done callbacks that the thread has to run meanwhile; TP_ETIMEDOUT; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_group_wait(tp_group_t *group, double timeout);

/* Cancels each job that the group has now, as tp_result_cancel does: also what these wait for outside of the group, but
 * only where nobody else has a handle of that. Jobs that are submitted later are not cancelled.
 *
 * Callback:  as tp_result_cancel, for each of them.
 * Blocks:    never on running user code.
 * Threads:   any.
 * Errors:    TP_EINVAL when group is NULL; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_group_cancel(tp_group_t *group);

/* Keeps the group's jobs from starting. What runs finishes; a loop or a stream stops after its current chunk. Jobs that
 * are submitted from then on are accepted and wait, and a blocking call waits, too. No thread that waits helps with the
 * group. Cancels and deadlines still end its jobs. Pausing again has no effect.
 *
 * Blocks:    never; jobs may still be running when it returns.
 * Threads:   any.
 * Errors:    TP_EINVAL when group is NULL; TP_ECLOSED when the pool is ending: once a join waits for the end, after
 *            terminate, and when the pool is broken; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_group_pause(tp_group_t *group);

/* Lets the jobs of a paused group start again. Resuming again has no effect. The pool's end (tp_pool_join,
 * tp_pool_terminate, tp_pool_destroy) resumes its groups by itself.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when group is NULL; TP_EFORKED.
 * Since:     TP_1.2 */
TP_API int tp_group_resume(tp_group_t *group);

/* Fills stats with a snapshot of the group. The caller sets stats->size first; a smaller size gets as many fields as
 * fit.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL, stats->size is 0, or stats->size is larger than the library's struct
 *            and one of the bytes behind that is not zero; TP_EFORKED.
 * Since:     TP_1.2 */
#if defined(__cplusplus) && defined(__GNUC__) /* the struct and the function share a name, as stat(2) does */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
TP_API int tp_group_stats(const tp_group_t *group, tp_group_stats_t *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/* Gives the group up. It is resumed, and its jobs run on; they keep to max_running. NULL has no effect. In a forked
 * child the call only forgets the handle.
 *
 * Requires:  no other thread uses the handle from this call on.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1.2 */
TP_API void tp_group_release(tp_group_t *group);

TP_END_DECLS

#endif
