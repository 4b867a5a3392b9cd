/* SPDX-License-Identifier: MIT */
/* Guide: many results in the order in which they get ready, and what is called when one does. */
#include <stdatomic.h>
#include <tpool/tpool.h>

#include "check.h"

enum { n_jobs = 5 };

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

static const tp_task_t task = TP_TASK(square, NULL, int, int);

static void show_as_completed(tp_pool_t *pool) {
  tp_result_t *results[n_jobs];
  int sum = 0;
  for (int i = 0; i < n_jobs; ++i) {
    CHECK(tp_pool_apply_async(pool, &task, &i, NULL, &results[i]) == TP_OK);
  }

  tp_completed_t *completed;
  size_t i;
  void *value;
  CHECK(tp_as_completed(results, n_jobs, &completed) == TP_OK);
  while (tp_completed_next(completed, TP_FOREVER, &i) == TP_OK) {
    if (tp_result_get(results[i], 0, &value) == TP_OK) sum += *(int *)value;
  }
  tp_completed_release(completed);

  CHECK(sum == 30);
  for (int k = 0; k < n_jobs; ++k) tp_result_release(results[k]);
}

static void count(void *user, tp_result_t *result) {
  (void)result;
  atomic_fetch_add((atomic_int *)user, 1);
}

static void show_done_callback(tp_pool_t *pool) {
  atomic_int done = 0;
  const int x = 3;
  tp_result_t *result;
  CHECK(tp_pool_apply_async(pool, &task, &x, NULL, &result) == TP_OK);

  CHECK(tp_result_add_done_callback(result, count, &done) == TP_OK);
  CHECK(tp_result_add_done_callback(result, count, &done) == TP_OK); /* as many as you like */

  tp_pool_close(pool);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  CHECK(atomic_load(&done) == 2);
  tp_result_release(result);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_as_completed(pool);
  show_done_callback(pool);
  tp_pool_destroy(pool);
  return 0;
}
