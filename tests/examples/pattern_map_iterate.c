/* SPDX-License-Identifier: MIT */
/* Pattern: map, then go through the results. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10 };

struct drawn {
  int number;
  double value;
};

static int task(void *ctx, const void *item, void *value) {
  struct drawn *drawn = value;
  (void)ctx;
  drawn->number = *(const int *)item;
  drawn->value = random_of(drawn->number);
  sleep_tenths(drawn->value);
  return 0;
}

int main(void) {
  const tp_task_t job = TP_TASK(task, NULL, int, struct drawn);
  int items[n_tasks];
  struct drawn results[n_tasks];
  tp_pool_t *pool;
  range_fill(items, n_tasks);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_map(pool, &job, items, results, n_tasks, NULL) == TP_OK);
  for (int i = 0; i < n_tasks; ++i) {
    printf(">got (%d, %.3f)\n", results[i].number, results[i].value);
    CHECK(results[i].number == i && results[i].value == random_of(i));
  }

  tp_pool_destroy(pool);
  return 0;
}
