/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: traces. */
#ifndef TPOOL_TRACE_H
#define TPOOL_TRACE_H
#include "export.h"
#include "pool.h"
TP_BEGIN_DECLS
TP_API int tp_pool_trace_start(tp_pool_t *pool, const char *path);
TP_API int tp_pool_trace_stop(tp_pool_t *pool);
TP_END_DECLS
#endif
