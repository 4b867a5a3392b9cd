/* SPDX-License-Identifier: MIT */
/* map: whatever time each task takes, its result stands where its item stood. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

static int task(void *ctx, const void *item, void *value) {
  const int identifier = *(const int *)item;
  const double generated = random_of(identifier);
  (void)ctx;
  printf("Task %d executing with %.3f\n", identifier, generated);
  sleep_tenths(generated);
  *(double *)value = generated;
  return 0;
}

int main(void) {
  const tp_task_t job = TP_TASK(task, NULL, int, double);
  int items[10];
  double results[10];
  tp_pool_t *pool;
  range_fill(items, 10);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK); /* a worker for each CPU */

  CHECK(tp_pool_map(pool, &job, items, results, 10, NULL) == TP_OK);
  for (int i = 0; i < 10; ++i) {
    printf("Got result: %.3f\n", results[i]);
    CHECK(results[i] == random_of(i));
  }

  tp_pool_destroy(pool);
  return 0;
}
