/* SPDX-License-Identifier: MIT */
/* map: five workers square numbers; the results come back in the order of the input. */
#include "check.h"

#include <tpool/tpool.h>

static int square_it(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

int main(void) {
  const tp_pool_options_t five = {.size = sizeof five, .workers = 5};
  const tp_task_t square = TP_TASK(square_it, NULL, int, int);
  const int items[] = {5, 4, 3, 2, 1};
  const int expected[] = {25, 16, 9, 4, 1};
  int results[5];
  tp_pool_t *pool;
  CHECK(tp_pool_create(&five, &pool) == TP_OK);

  CHECK(tp_pool_map(pool, &square, items, results, 5, NULL) == TP_OK);
  for (int i = 0; i < 5; ++i) {
    printf("%d\n", results[i]);
    CHECK(results[i] == expected[i]);
  }

  tp_pool_destroy(pool);
  return 0;
}
