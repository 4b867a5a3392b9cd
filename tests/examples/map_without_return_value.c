/* SPDX-License-Identifier: MIT */
/* map for the effect alone: the task has no value, and map still waits until all have run. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

static int task(void *ctx, const void *item, void *value) {
  const int identifier = *(const int *)item;
  const double generated = random_of(identifier);
  int *executed = ctx;
  (void)value; /* NULL: value_size is 0 */
  printf("Task %d executing with %.3f\n", identifier, generated);
  sleep_tenths(generated);
  ++executed[identifier];
  return 0;
}

int main(void) {
  int executed[10] = {0};
  const tp_task_t job = {.size = sizeof job, .fn = task, .ctx = executed, .item_size = sizeof(int)};
  int items[10];
  tp_pool_t *pool;
  range_fill(items, 10);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_map(pool, &job, items, NULL, 10, NULL) == TP_OK);
  for (int i = 0; i < 10; ++i) CHECK(executed[i] == 1);

  tp_pool_destroy(pool);
  return 0;
}
