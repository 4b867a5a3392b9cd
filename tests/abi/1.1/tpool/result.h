/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: the outcome of jobs. */
#ifndef TPOOL_RESULT_H
#define TPOOL_RESULT_H
#include <stddef.h>
#include "error.h"
#include "export.h"
#include "status.h"
typedef struct tp_result tp_result_t;
TP_BEGIN_DECLS
TP_API int tp_result_ready(const tp_result_t *result);
TP_API int tp_result_successful(const tp_result_t *result);
TP_API int tp_result_wait(tp_result_t *result, double timeout);
TP_API int tp_result_get(tp_result_t *result, double timeout, void **values);
TP_API int tp_result_next(tp_result_t *result, double timeout, void *value);
TP_API int tp_result_cancel(tp_result_t *result);
TP_API int tp_result_progress(const tp_result_t *result, size_t *done, size_t *total);
TP_API const tp_error_t *tp_result_error(const tp_result_t *result);
TP_API int tp_result_item_status(const tp_result_t *result, size_t index);
TP_API const tp_error_t *tp_result_item_error(const tp_result_t *result, size_t index);
TP_API int tp_result_add_done_callback(tp_result_t *result, void (*fn)(void *user, tp_result_t *result), void *user);
TP_API tp_result_t *tp_result_retain(tp_result_t *result);
TP_API void tp_result_release(tp_result_t *result);
TP_API int tp_wait_any(tp_result_t *const *results, size_t n, double timeout, size_t *index);
TP_API int tp_wait_all(tp_result_t *const *results, size_t n, double timeout);
typedef struct tp_completed tp_completed_t;
TP_API int tp_as_completed(tp_result_t *const *results, size_t n, tp_completed_t **completed);
TP_API int tp_completed_next(tp_completed_t *completed, double timeout, size_t *index);
TP_API void tp_completed_release(tp_completed_t *completed);
TP_END_DECLS
#endif
