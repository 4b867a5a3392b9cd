/* SPDX-License-Identifier: MIT */
/* Squares five numbers on all cores. */
#include <stdio.h>
#include <tpool/tpool.h>

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

int main(void) {
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  const int numbers[] = {5, 4, 3, 2, 1};
  int i, squares[5];
  tp_pool_t *pool;

  int status = tp_pool_create(NULL, &pool);
  if (status == TP_OK) status = tp_pool_map(pool, &task, numbers, squares, 5, NULL);
  tp_pool_destroy(pool);
  for (i = 0; status == TP_OK && i < 5; ++i) printf("%d\n", squares[i]);
  return status != TP_OK;
}
