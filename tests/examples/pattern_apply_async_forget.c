/* SPDX-License-Identifier: MIT */
/* Pattern: apply_async and forget; close and join wait for what was issued. */
#include "check.h"

#include <tpool/tpool.h>

static int task(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  int *ran = ctx;
  (void)value; /* NULL: value_size is 0 */
  sleep_tenths(random_of(number));
  printf(">task got (%d, %.3f)\n", number, random_of(number));
  *ran = number;
  return 0;
}

int main(void) {
  int ran = 0;
  const int number = 1;
  const tp_task_t job = {.size = sizeof job, .fn = task, .ctx = &ran, .item_size = sizeof number};
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_apply_async(pool, &job, &number, NULL, NULL) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  CHECK(ran == number);

  tp_pool_destroy(pool);
  return 0;
}
