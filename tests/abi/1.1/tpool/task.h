/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: what to run. */
#ifndef TPOOL_TASK_H
#define TPOOL_TASK_H
#include <stddef.h>
#include <stdint.h>
#include "export.h"
typedef struct tp_pool tp_pool_t;
typedef int (*tp_task_fn)(void *ctx, const void *item, void *value);
typedef int (*tp_range_fn)(void *ctx, size_t begin, size_t end);
typedef int (*tp_source_fn)(void *ctx, void *item);
typedef struct tp_task {
  size_t size;
  tp_task_fn fn;
  void *ctx;
  size_t item_size;
  size_t value_size;
  void (*item_move)(void *dst, void *src);
  void (*item_drop)(void *item);
  void (*value_move)(void *dst, void *src);
  void (*value_drop)(void *value);
  void (*ctx_drop)(void *ctx);
  uint32_t flags;
} tp_task_t;
#define TP_TASK_CONFIRM 1u
#define TP_TASK(fn, ctx, Item, Value) \
  { sizeof(tp_task_t), (fn), (ctx), sizeof(Item), sizeof(Value), 0, 0, 0, 0, 0, 0 }
TP_BEGIN_DECLS
TP_API int tp_task_set_error(const char *message, void *payload, void (*payload_drop)(void *payload));
TP_API int tp_task_stop_requested(void);
TP_API int tp_worker_index(void);
TP_API tp_pool_t *tp_worker_pool(void);
TP_END_DECLS
#endif
