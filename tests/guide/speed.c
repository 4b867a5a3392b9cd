/* SPDX-License-Identifier: MIT */
/* Guide: what makes jobs cheap. */
#include <stdatomic.h>
#include <string.h>
#include <tpool/tpool.h>

#include "check.h"

static int add_one(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  atomic_fetch_add((atomic_int *)ctx, 1);
  return 0;
}

static void show_forget(tp_pool_t *pool, const tp_task_t *task) {
  CHECK(tp_pool_apply_async(pool, task, NULL, NULL, NULL) == TP_OK); /* no result, no handle */
}

static int square(void *ctx, const void *item, void *value) {
  const double x = *(const double *)item;
  (void)ctx;
  *(double *)value = x * x;
  return 0;
}

TP_TASK_BATCH(square, square, double, double) /* defines square_batch */

static void show_batch(tp_pool_t *pool) {
  static double numbers[1000], squares[1000];
  for (int i = 0; i < 1000; ++i) numbers[i] = i;
  const tp_task_t task = TP_TASK_WITH(square, square_batch, NULL, double, double);
  CHECK(tp_pool_map(pool, &task, numbers, squares, 1000, NULL) == TP_OK);
  CHECK(squares[999] == 999.0 * 999.0);
}

static void show_helping(atomic_int *sum) {
  const tp_pool_options_t helps = {.size = sizeof helps, .flags = TP_POOL_CALLER_HELPS};
  const tp_task_t task = {.size = sizeof task, .fn = add_one, .ctx = sum};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&helps, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_OK);
  tp_pool_destroy(pool);
}

static void show_bound(atomic_int *sum) {
  const tp_pool_options_t bound = {.size = sizeof bound, .workers = 2, .max_pending = 100};
  const tp_task_t task = {.size = sizeof task, .fn = add_one, .ctx = sum};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&bound, &pool) == TP_OK);
  for (int i = 0; i < 1000; ++i) {
    CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK); /* waits for room */
  }
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  tp_pool_destroy(pool);
}

/* What is expensive to make is made once for each worker. */
static _Thread_local char scratch[1 << 16];

static int prepare(void *arg) {
  (void)arg;
  memset(scratch, 1, sizeof scratch);
  return 0;
}

static int use_scratch(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  atomic_fetch_add((atomic_int *)ctx, scratch[100]);
  return 0;
}

static void show_initializer(atomic_int *sum) {
  const tp_pool_options_t how = {.size = sizeof how, .initializer = prepare};
  const tp_task_t task = {.size = sizeof task, .fn = use_scratch, .ctx = sum};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&how, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_OK);
  tp_pool_destroy(pool);
}

int main(void) {
  atomic_int sum = 0;
  const tp_task_t task = {.size = sizeof task, .fn = add_one, .ctx = &sum};
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_forget(pool, &task);
  show_batch(pool);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  tp_pool_destroy(pool);

  show_helping(&sum);
  show_bound(&sum);
  show_initializer(&sum);
  CHECK(atomic_load(&sum) == 1003);
  return 0;
}
