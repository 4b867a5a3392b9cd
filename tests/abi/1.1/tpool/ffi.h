/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: typed calls of native functions. */
#ifndef TPOOL_FFI_H
#define TPOOL_FFI_H
#include <stddef.h>
#include "export.h"
#include "task.h"
typedef struct tp_call tp_call_t;
TP_BEGIN_DECLS
TP_API int tp_call_create(void (*fn)(void), const char *signature, tp_call_t **call);
TP_API int tp_call_task(const tp_call_t *call, tp_task_t *task);
TP_API int tp_call_row(const tp_call_t *call, size_t *row_size, size_t *n_args, size_t *value_size);
TP_API int tp_call_arg(const tp_call_t *call, size_t index, size_t *offset, size_t *arg_size);
TP_API void tp_call_release(tp_call_t *call);
TP_END_DECLS
#endif
