/* SPDX-License-Identifier: MIT */
/* GLib's GThreadPool over libtpool, for programs that include this in place of <glib.h>. What g_thread_pool_free
 * promises, a pool with TP_POOL_DRAIN does. */
#ifndef EXAMPLES_GTHREADPOOL_H
#define EXAMPLES_GTHREADPOOL_H

#include <stdlib.h>
#include <tpool/tpool.h>

typedef void* gpointer;
typedef int gint, gboolean;
typedef unsigned guint;
typedef void (*GFunc)(gpointer data, gpointer user_data);
typedef struct GError GError;
typedef struct GThreadPool {
  GFunc func;
  gpointer user_data;
  gboolean exclusive;
  tp_pool_t* pool;
} GThreadPool;

#ifndef TRUE
#define TRUE 1
#define FALSE 0
#endif

static inline int gthreadpool_run(void* ctx, const void* item, void* value) {
  const GThreadPool* self = ctx;
  (void)value;
  self->func(*(const gpointer*)item, self->user_data);
  return 0;
}

static inline GThreadPool* g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads,
                                             gboolean exclusive, GError** error) {
  GThreadPool* self = malloc(sizeof *self);
  tp_pool_options_t options = {
      .size = sizeof options, .flags = TP_POOL_DRAIN, .arg = self, .arg_drop = free};
  options.workers =
      max_threads < 0 ? 0 : (size_t)max_threads; /* -1: GLib's no limit, here one for each CPU */
  (void)error;
  if (self == NULL) return NULL;
  *self = (GThreadPool){func, user_data, exclusive, NULL};
  if (tp_pool_create(&options, &self->pool) == TP_OK) return self;
  free(self);
  return NULL;
}

static inline gboolean g_thread_pool_push(GThreadPool* self, gpointer data, GError** error) {
  const tp_task_t task = {
      .size = sizeof task, .fn = gthreadpool_run, .ctx = self, .item_size = sizeof data};
  (void)error;
  return tp_pool_apply_async(self->pool, &task, &data, NULL, NULL) == TP_OK;
}

static inline gboolean g_thread_pool_set_max_threads(GThreadPool* self, gint max_threads,
                                                     GError** error) {
  (void)error;
  return tp_pool_resize(self->pool, max_threads < 0 ? 0 : (size_t)max_threads) == TP_OK;
}

static inline tp_pool_stats_t gthreadpool_stats(GThreadPool* self) {
  tp_pool_stats_t stats = {.size = sizeof stats};
  tp_pool_stats(self->pool, &stats);
  return stats;
}
static inline guint g_thread_pool_get_num_threads(GThreadPool* self) {
  return (guint)gthreadpool_stats(self).workers;
}
static inline guint g_thread_pool_unprocessed(GThreadPool* self) {
  return (guint)gthreadpool_stats(self).queued;
}

/* immediate: what waits is given up. wait: returns when all has run; else the last worker frees the pool. */
static inline void g_thread_pool_free(GThreadPool* self, gboolean immediate, gboolean wait) {
  if (immediate) tp_pool_terminate(self->pool);
  tp_pool_destroy_within(self->pool, wait ? TP_FOREVER : 0);
}

#endif
