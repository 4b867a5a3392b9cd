/* SPDX-License-Identifier: MIT */
/* Guide: GThreadPool, and the same with a pool. */
#include <glib.h>
#include <stdatomic.h>
#include <tpool/tpool.h>

#include "check.h"

struct job {
  int number;
};

static void add_by_glib(gpointer data, gpointer user_data) {
  struct job *job = data;
  atomic_int *sum = user_data;
  atomic_fetch_add(sum, job->number);
  g_free(job);
}

static void sum_by_glib(atomic_int *sum) {
  GThreadPool *pool = g_thread_pool_new(add_by_glib, sum, 4, FALSE, NULL);
  for (int i = 1; i <= 3; ++i) {
    struct job *job = g_new(struct job, 1);
    job->number = i;
    g_thread_pool_push(pool, job, NULL);
  }
  g_thread_pool_free(pool, FALSE, TRUE);
}

static int add_by_pool(void *ctx, const void *item, void *value) {
  const struct job *job = item;
  atomic_int *sum = ctx;
  (void)value;
  atomic_fetch_add(sum, job->number);
  return 0;
}

static void sum_by_pool(atomic_int *sum) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = 4};
  const tp_task_t task = {
      .size = sizeof task, .fn = add_by_pool, .ctx = sum, .item_size = sizeof(struct job)};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);
  for (int i = 1; i <= 3; ++i) {
    const struct job job = {i};
    CHECK(tp_pool_apply_async(pool, &task, &job, NULL, NULL) == TP_OK);
  }
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  tp_pool_destroy(pool);
}

int main(void) {
  atomic_int sum = 0;
  sum_by_glib(&sum);
  CHECK(atomic_load(&sum) == 6);
  sum_by_pool(&sum);
  CHECK(atomic_load(&sum) == 12);
  return 0;
}
