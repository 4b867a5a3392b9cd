/* SPDX-License-Identifier: MIT */
/* Pins what a compiled program has built in: values, and on 64-bit systems offsets. */
#include <tpool/tpool.h>

#define VALUE_IS(name, value) _Static_assert((name) == (value), #name)
#define OFFSET_IS(type, field, offset) \
  _Static_assert(offsetof(type, field) == (offset), #type "." #field)
#define SIZE_IS(type, size) _Static_assert(sizeof(type) == (size), #type)

VALUE_IS(TP_OK, 0);
VALUE_IS(TP_END, 1);
VALUE_IS(TP_EINVAL, -1);
VALUE_IS(TP_ENOMEM, -2);
VALUE_IS(TP_EAGAIN, -3);
VALUE_IS(TP_ETIMEDOUT, -4);
VALUE_IS(TP_ENOTREADY, -5);
VALUE_IS(TP_ECLOSED, -6);
VALUE_IS(TP_ERUNNING, -7);
VALUE_IS(TP_EDEADLK, -8);
VALUE_IS(TP_ETASK, -9);
VALUE_IS(TP_ECANCELED, -10);
VALUE_IS(TP_ETERMINATED, -11);
VALUE_IS(TP_EINIT, -12);
VALUE_IS(TP_ELOST, -13);
VALUE_IS(TP_EFORKED, -14);
VALUE_IS(TP_EOVERFLOW, -15);
VALUE_IS(TP_ENOTSUP, -16);
SIZE_IS(tp_status_t, sizeof(int));

VALUE_IS(TP_POOL_CALLER_HELPS, 1);
VALUE_IS(TP_POOL_MANUAL_CALLBACKS, 2);
VALUE_IS(TP_POOL_NO_THREADS, 4);
VALUE_IS(TP_POOL_KEEP_SIGNALS, 8);
VALUE_IS(TP_POOL_DRAIN, 16);
VALUE_IS(TP_TASK_CONFIRM, 1);
VALUE_IS(TP_JOB_FAIL_FAST, 1);
VALUE_IS(TP_JOB_TRY, 2);
VALUE_IS(TP_JOB_URGENT, 4);
VALUE_IS(TP_JOB_BACKGROUND, 8);
VALUE_IS(TP_JOB_KEEP_ERRORS, 16);
VALUE_IS(TP_JOB_CALLER_RUNS, 32);
VALUE_IS(TP_JOB_ON_SUCCESS, 64);
VALUE_IS(TP_JOB_UNBOUNDED, 128);
VALUE_IS(TP_UNBOUNDED, SIZE_MAX);
VALUE_IS(TP_VERSION_MAJOR, 1);

#if UINTPTR_MAX == UINT64_MAX
OFFSET_IS(tp_task_t, size, 0);
OFFSET_IS(tp_task_t, fn, 8);
OFFSET_IS(tp_task_t, ctx, 16);
OFFSET_IS(tp_task_t, item_size, 24);
OFFSET_IS(tp_task_t, value_size, 32);
OFFSET_IS(tp_task_t, item_move, 40);
OFFSET_IS(tp_task_t, item_drop, 48);
OFFSET_IS(tp_task_t, value_move, 56);
OFFSET_IS(tp_task_t, value_drop, 64);
OFFSET_IS(tp_task_t, ctx_drop, 72);
OFFSET_IS(tp_task_t, flags, 80);
OFFSET_IS(tp_task_t, batch, 88);
OFFSET_IS(tp_task_t, item_codec, 96);
OFFSET_IS(tp_task_t, value_codec, 104);
SIZE_IS(tp_task_t, 112);

OFFSET_IS(tp_codec_t, size, 0);
OFFSET_IS(tp_codec_t, pack, 8);
OFFSET_IS(tp_codec_t, unpack, 16);
OFFSET_IS(tp_codec_t, drop, 24);
SIZE_IS(tp_codec_t, 32);

OFFSET_IS(tp_reduce_t, size, 0);
OFFSET_IS(tp_reduce_t, fn, 8);
OFFSET_IS(tp_reduce_t, combine, 16);
OFFSET_IS(tp_reduce_t, ctx, 24);
OFFSET_IS(tp_reduce_t, identity, 32);
OFFSET_IS(tp_reduce_t, value_size, 40);
SIZE_IS(tp_reduce_t, 48);

OFFSET_IS(tp_pool_options_t, size, 0);
OFFSET_IS(tp_pool_options_t, workers, 8);
OFFSET_IS(tp_pool_options_t, initializer, 16);
OFFSET_IS(tp_pool_options_t, finalizer, 24);
OFFSET_IS(tp_pool_options_t, arg, 32);
OFFSET_IS(tp_pool_options_t, name, 40);
OFFSET_IS(tp_pool_options_t, flags, 48);
OFFSET_IS(tp_pool_options_t, max_pending, 56);
OFFSET_IS(tp_pool_options_t, unobserved, 64);
OFFSET_IS(tp_pool_options_t, arg_drop, 72);
OFFSET_IS(tp_pool_options_t, cpus, 80);
OFFSET_IS(tp_pool_options_t, n_cpus, 88);
OFFSET_IS(tp_pool_options_t, nice, 96);
OFFSET_IS(tp_pool_options_t, min_workers, 104);
OFFSET_IS(tp_pool_options_t, idle_timeout, 112);
OFFSET_IS(tp_pool_options_t, stack_size, 120);
SIZE_IS(tp_pool_options_t, 128);

OFFSET_IS(tp_pool_stats_t, size, 0);
OFFSET_IS(tp_pool_stats_t, state, 8);
OFFSET_IS(tp_pool_stats_t, workers, 16);
OFFSET_IS(tp_pool_stats_t, busy, 24);
OFFSET_IS(tp_pool_stats_t, queued, 32);
OFFSET_IS(tp_pool_stats_t, running, 40);
OFFSET_IS(tp_pool_stats_t, submitted, 48);
OFFSET_IS(tp_pool_stats_t, completed, 56);
OFFSET_IS(tp_pool_stats_t, failed, 64);
OFFSET_IS(tp_pool_stats_t, cancelled, 72);
OFFSET_IS(tp_pool_stats_t, items, 80);
OFFSET_IS(tp_pool_stats_t, steals, 88);
OFFSET_IS(tp_pool_stats_t, parks, 96);
OFFSET_IS(tp_pool_stats_t, callbacks, 104);
OFFSET_IS(tp_pool_stats_t, paused, 112);
OFFSET_IS(tp_pool_stats_t, timed_out, 120);
SIZE_IS(tp_pool_stats_t, 128);

OFFSET_IS(tp_job_options_t, size, 0);
OFFSET_IS(tp_job_options_t, chunksize, 8);
OFFSET_IS(tp_job_options_t, buffersize, 16);
OFFSET_IS(tp_job_options_t, flags, 24);
OFFSET_IS(tp_job_options_t, callback, 32);
OFFSET_IS(tp_job_options_t, error_callback, 40);
OFFSET_IS(tp_job_options_t, user, 48);
OFFSET_IS(tp_job_options_t, source_drop, 56);
OFFSET_IS(tp_job_options_t, ctx_drop, 64);
OFFSET_IS(tp_job_options_t, deadline, 72);
OFFSET_IS(tp_job_options_t, name, 80);
OFFSET_IS(tp_job_options_t, group, 88);
OFFSET_IS(tp_job_options_t, start_after, 96);
OFFSET_IS(tp_job_options_t, item_deadline, 104);
OFFSET_IS(tp_job_options_t, submit_timeout, 112);
SIZE_IS(tp_job_options_t, 120);

OFFSET_IS(tp_group_options_t, size, 0);
OFFSET_IS(tp_group_options_t, max_pending, 8);
OFFSET_IS(tp_group_options_t, max_running, 16);
OFFSET_IS(tp_group_options_t, name, 24);
SIZE_IS(tp_group_options_t, 32);

OFFSET_IS(tp_group_stats_t, size, 0);
OFFSET_IS(tp_group_stats_t, queued, 8);
OFFSET_IS(tp_group_stats_t, running, 16);
OFFSET_IS(tp_group_stats_t, completed, 24);
OFFSET_IS(tp_group_stats_t, failed, 32);
OFFSET_IS(tp_group_stats_t, cancelled, 40);
SIZE_IS(tp_group_stats_t, 48);
#endif
