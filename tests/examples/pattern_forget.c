/* SPDX-License-Identifier: MIT */
/* Pattern: apply_async or map_async, and forget; close and join wait for what was issued. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10 };

static int task(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  int *ran = ctx;
  (void)value; /* NULL: value_size is 0 */
  sleep_tenths(random_of(number));
  printf(">task got (%d, %.3f)\n", number, random_of(number));
  ++ran[number];
  return 0;
}

int main(void) {
  int ran[n_tasks + 1] = {0}, items[n_tasks];
  const int number = n_tasks;
  const tp_task_t job = {.size = sizeof job, .fn = task, .ctx = ran, .item_size = sizeof items[0]};
  tp_pool_t *pool;
  range_fill(items, n_tasks);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_apply_async(pool, &job, &number, NULL, NULL) == TP_OK);
  CHECK(tp_pool_map_async(pool, &job, items, n_tasks, NULL, NULL) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i <= n_tasks; ++i) CHECK(ran[i] == 1);

  tp_pool_destroy(pool);
  return 0;
}
