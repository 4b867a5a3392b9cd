/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: threads and event loops of a host. */
#ifndef TPOOL_HOST_H
#define TPOOL_HOST_H
#include <stddef.h>
#include "export.h"
#include "pool.h"
#include "task.h"
TP_BEGIN_DECLS
TP_API int tp_worker_enter(tp_pool_t *pool, tp_task_fn dispatch, double timeout, size_t *ran);
TP_API int tp_task_confirm(void);
TP_API int tp_pool_run_callbacks(tp_pool_t *pool, double timeout, size_t *ran);
TP_API int tp_pool_fd(tp_pool_t *pool, int *fd);
TP_END_DECLS
#endif
