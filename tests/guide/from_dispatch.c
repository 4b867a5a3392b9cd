/* SPDX-License-Identifier: MIT */
/* Guide: what Grand Central Dispatch does with queues and groups, with a pool. */
#include <stdatomic.h>
#include <tpool/tpool.h>

#include "check.h"

enum { n = 100 };

static int square_range(void *ctx, size_t begin, size_t end) {
  size_t *squares = ctx;
  for (size_t i = begin; i < end; ++i) squares[i] = i * i;
  return 0;
}

static void show_apply(tp_pool_t *pool) {
  size_t squares[n];

  CHECK(tp_pool_for(pool, square_range, squares, n, NULL) == TP_OK);

  for (size_t i = 0; i < n; ++i) CHECK(squares[i] == i * i);
}

static int count(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  atomic_fetch_add((atomic_int *)ctx, 1);
  return 0;
}

static void show_group(tp_pool_t *pool) {
  atomic_int counted = 0;
  const tp_task_t task = {.size = sizeof task, .fn = count, .ctx = &counted};
  tp_result_t *group[2];

  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &group[0]) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &group[1]) == TP_OK);
  CHECK(tp_wait_all(group, 2, TP_FOREVER) == TP_OK);

  CHECK(atomic_load(&counted) == 2);
  tp_result_release(group[0]);
  tp_result_release(group[1]);
}

static int work(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item;
  *(int *)value = 42;
  return 0;
}

static void show(void *user, tp_result_t *result) {
  int *shown = user;
  void *value;
  if (tp_result_get(result, 0, &value) == TP_OK) *shown = *(int *)value;
}

static void show_main_queue(void) {
  int shown = 0;
  const tp_pool_options_t manual = {.size = sizeof manual, .flags = TP_POOL_MANUAL_CALLBACKS};
  const tp_task_t task = {.size = sizeof task, .fn = work, .value_size = sizeof(int)};
  const tp_job_options_t then_show = {.size = sizeof then_show, .callback = show, .user = &shown};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&manual, &pool) == TP_OK);

  CHECK(tp_pool_apply_async(pool, &task, NULL, &then_show, NULL) == TP_OK);
  CHECK(tp_pool_run_callbacks(pool, TP_FOREVER, NULL) == TP_OK); /* calls show here */

  CHECK(shown == 42);
  tp_pool_destroy(pool);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_apply(pool);
  show_group(pool);
  tp_pool_destroy(pool);
  show_main_queue();
  return 0;
}
