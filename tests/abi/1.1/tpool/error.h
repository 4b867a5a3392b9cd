/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: why an item failed. */
#ifndef TPOOL_ERROR_H
#define TPOOL_ERROR_H
#include <stddef.h>
#include "export.h"
#include "status.h"
typedef struct tp_error tp_error_t;
TP_BEGIN_DECLS
TP_API int tp_error_status(const tp_error_t *error);
TP_API int tp_error_code(const tp_error_t *error);
TP_API size_t tp_error_index(const tp_error_t *error);
TP_API const char *tp_error_message(const tp_error_t *error);
TP_API void *tp_error_payload(const tp_error_t *error);
TP_API const tp_error_t *tp_last_error(void);
TP_API void tp_clear_error(void);
TP_END_DECLS
#endif
