/* SPDX-License-Identifier: MIT */
/* The same pool over many processes, on one machine or many, by MPI. Of libtpool-cluster, which tpool.h leaves out. */
#ifndef TPOOL_CLUSTER_H
#define TPOOL_CLUSTER_H

#include "pool.h"

/* Each process that the launcher (mpirun, mpiexec, srun) starts is a rank. All ranks run the same program, and call
 * tp_cluster_pool_create. Rank 0 gets a pool, of which every call works as ever, but for the limits below. The other
 * ranks serve inside this call until that pool has ended, and then should return 0 from main.
 *
 *     tp_pool_t *pool;
 *     int status = tp_cluster_pool_create(NULL, &pool);
 *     if (status == TP_END) return 0;
 *     if (status != TP_OK) return fprintf(stderr, "%s\n", tp_strerror(status)), 1;
 *     tp_pool_map(pool, &task, items, values, n, NULL);
 *     tp_pool_destroy(pool);
 *
 *     cc program.c $(pkg-config --cflags --libs tpool-cluster) -o program
 *     mpirun -n 4 ./program
 *
 * What crosses between ranks: a task's fn and batch, its codecs and its ctx by where they stand in the program or one
 * of its libraries; items and values as bytes, or by their codecs (task.h). A library that a rank has not loaded is
 * loaded there, on a worker, from the path where rank 0 has it, and stays loaded; its constructors may not throw. If
 * that file is missing or another build, the items fail with TP_ETASK, and the message names it and the rank; it is
 * looked for again when another library has been loaded. Nobody can see a pointer inside an item: it means nothing in
 * another rank. Variables are each rank's own: what rank 0 changes after the call, no other sees. What stands before
 * the call in main happens in every rank.
 *
 * TP_ENOTSUP, with a sentence in tp_last_error(), is the answer to: a ctx that is neither NULL, nor what
 * tp_cluster_share or tp_cluster_bind gave, nor a constant of the program or of a library; a function of no loaded
 * object; a codec that is no constant; hooks of items or values without a codec; typed calls with pointers or strings;
 * tp_pool_for, tp_pool_for_async and tp_pool_reduce (what they write would stay in their rank's memory); tp_pool_resize
 * and tp_pool_team. A pool of one rank refuses the same, so what runs alone runs under mpirun. In one rank, calls
 * inside a task are not refused.
 *
 * Inside a task, tp_worker_pool() is the pool of the task's rank, in which nested calls run. It can't be closed,
 * terminated, paused or resized there (TP_ENOTSUP), and destroying it does nothing. In rank 0, a wait inside a task for
 * a job of the cluster's pool is TP_EDEADLK.
 *
 * An item that was handed out counts as started until its rank has answered. An item never runs twice. When a rank is
 * lost, its items that were not known to be over end in TP_ELOST: they may have run. The pool goes on with the ranks
 * that are left. Launchers end all ranks when one dies, unless they are told otherwise (Open MPI: mpirun
 * --enable-recovery). Once a rank is lost, no rank calls MPI_Finalize. Then a launcher may end rank 0 as soon as
 * another rank has left, which that does when rank 0 destroys the pool: rank 0 writes its results before that.
 *
 * Ranks trust each other, as in any MPI program. */

/* tp_cluster_options_t.flags: rank 0 runs no items, unless it is the only rank. */
#define TP_CLUSTER_LEADS 1u

/* Settings of a cluster's pool. Zero in a field is its default. window, lost_after and flags of rank 0 count; the rest
 * is each rank's own.
 * Since: TP_1.2 */
typedef struct tp_cluster_options {
  size_t size;                   /* sizeof(tp_cluster_options_t) */
  const tp_pool_options_t *pool; /* NULL: defaults. workers is that of this rank; 0: its CPUs, shared out among the
                                    ranks of a machine that use the same ones. Of flags, TP_POOL_MANUAL_CALLBACKS,
                                    TP_POOL_DRAIN and TP_POOL_KEEP_SIGNALS are allowed */
  const void *comm;              /* MPI_Comm *: who takes part, in a program that has initialized MPI; NULL: all ranks.
                                    It is duplicated */
  const char *engine;            /* NULL: found out. "openmpi", "mpich", or "none": one rank */
  size_t window;                 /* most bytes of items and values at one rank; 0: 64 MiB. A larger item goes alone */
  double lost_after;             /* seconds without a sign of life until a rank is lost; 0: 60; TP_FOREVER: never. Less
                                    than 0.1 is 0.1 */
  uint32_t flags;                /* TP_CLUSTER_LEADS */
} tp_cluster_options_t;

TP_BEGIN_DECLS

/* Creates a pool over all ranks. All ranks call it. Rank 0 gets *pool. The others serve, and get NULL when it has
 * ended. Without a launcher, or with a launcher of one process, the pool is one of this process, and no MPI is loaded.
 *
 * Owns:      the caller owns *pool, and ends it by tp_pool_destroy. What options lead to is borrowed until the call
 *            returns. pool->arg is used as long as the pool lives, or until TP_END; then arg_drop has run, once in
 *            each rank. After an error it has not.
 * Callback:  pool->initializer and finalizer on the workers of each rank, and pool->arg_drop in each rank; the rest on
 *            threads of rank 0.
 * Blocks:    until all ranks have called it; in ranks other than 0 until the pool has ended.
 * Threads:   any, outside of tasks. The library uses MPI on one thread. MPI that it has started it finalizes when the
 *            pool ends. A program may have initialized MPI, with MPI_THREAD_SERIALIZED or more; below
 *            MPI_THREAD_MULTIPLE it makes no MPI calls while the pool lives. It finalizes MPI itself, later.
 * Errors:    TP_END in ranks other than 0, when the pool has ended. Else the same in all ranks, with a sentence:
 *            TP_EINVAL (an option is wrong; programs differ; pool is NULL; comm is set, but the program has not
 *            initialized MPI, or *comm is MPI_COMM_NULL), TP_ENOTSUP (the engine is not installed, or not that of the
 *            program's MPI; the launcher's variables tell of other ranks than MPI finds; the program has initialized
 *            MPI below MPI_THREAD_SERIALIZED, or finalized it), TP_EDEADLK (this process has a cluster's pool, or is
 *            inside a task), TP_EAGAIN, TP_ENOMEM, TP_EFORKED. TP_ELOST: MPI has failed; or in a rank other than 0,
 *            rank 0 is gone, or has given this rank up.
 * Since:     TP_1.2 */
TP_API int tp_cluster_pool_create(const tp_cluster_options_t *options, tp_pool_t **pool);

/* Writes this process's number, 0 … *ranks - 1, and how many ranks there were at the start. Either may be NULL.
 *
 * Blocks:    never.
 * Threads:   any, also inside tasks.
 * Errors:    TP_EINVAL when the process has no cluster's pool.
 * Since:     TP_1.2 */
TP_API int tp_cluster_rank(size_t *rank, size_t *ranks);

/* Copies an object for all ranks. *shared is rank 0's copy, and may be the ctx of tasks: in each rank they get that
 * rank's copy, and must not write to it. A rank gets its copy once, before the first item that needs it. Without a
 * codec the object is `bytes` bytes that mean the same in every rank. With one, its pack makes the bytes that are
 * sent, and its unpack makes each copy, which has `bytes` bytes; a rank where that fails ends its items with TP_ETASK.
 * A copy lies at a multiple of 64 bytes.
 *
 * Owns:      the library owns *shared, until tp_cluster_unshare, or the end of the pool. object is the caller's, and
 *            is not used after the call. codec, if not NULL, is a constant of the program.
 * Callback:  codec->pack and unpack on the calling thread, and unpack and drop on a worker of each other rank.
 * Blocks:    no longer than the copy takes.
 * Threads:   any, of rank 0.
 * Errors:    TP_EINVAL (pool is not the cluster's pool of this process; object or shared is NULL; bytes is 0; the codec
 *            fails), TP_ENOTSUP (codec is no constant, or lacks a function), TP_ENOMEM. After an error *shared is NULL.
 * Since:     TP_1.2 */
TP_API int tp_cluster_share(tp_pool_t *pool, const void *object, size_t bytes, const tp_codec_t *codec, void **shared);

/* What tp_cluster_bind makes. Since TP_1.2. */
typedef struct tp_cluster_bound {
  const void *object; /* this rank's copy of the shared object */
  void (*fn)(void);   /* the function, in this rank */
} tp_cluster_bound_t;

/* Puts a shared object and a function into one ctx: *bound is rank 0's tp_cluster_bound_t, and may be the ctx of tasks.
 * In each rank they get that rank's.
 *
 * Owns:      the library owns *bound, until tp_cluster_unshare of it, or the end of the pool. It keeps the
 *            shared object until then.
 * Blocks:    never.
 * Threads:   any, of rank 0.
 * Errors:    TP_EINVAL (pool is not the cluster's pool of this process; shared is not what tp_cluster_share has made;
 *            fn or bound is NULL), TP_ENOTSUP (fn is code of no loaded object), TP_ENOMEM. After an error *bound is
 *            NULL.
 * Since:     TP_1.2 */
TP_API int tp_cluster_bind(tp_pool_t *pool, void *shared, void (*fn)(void), void **bound);

/* Gives up what tp_cluster_share or tp_cluster_bind has made. No new task may have it as ctx. The copies go when no
 * accepted job uses them, and nothing that is bound to them is left; at the latest with the pool. If a task with a
 * ctx_drop of its own has used them, they go with the pool.
 *
 * Callback:  codec->drop, on this thread, or on the worker that ends the last job; in other ranks on a worker.
 * Blocks:    never.
 * Threads:   any, of rank 0.
 * Errors:    TP_EINVAL (pool is not the cluster's pool of this process; shared is not what tp_cluster_share or
 *            tp_cluster_bind has made, or was given up), TP_ENOMEM (the copies of other ranks go with the pool).
 * Since:     TP_1.2 */
TP_API int tp_cluster_unshare(tp_pool_t *pool, void *shared);

TP_END_DECLS

#endif
