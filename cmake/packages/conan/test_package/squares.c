/* SPDX-License-Identifier: MIT */
/* Squares five numbers on all cores. */
#include <stdio.h>
#include <tpool/tpool.h>

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0; /* anything else is this task's error code */
}

int main(void) {
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  const int numbers[] = {5, 4, 3, 2, 1};
  int squares[5];
  tp_pool_t *pool;

  int status = tp_pool_create(NULL, &pool);
  if (status == TP_OK) status = tp_pool_map(pool, &task, numbers, squares, 5, NULL);
  tp_pool_destroy(pool);
  if (status != TP_OK) {
    fprintf(stderr, "%s\n", tp_strerror(status));
    return 1;
  }
  for (int i = 0; i < 5; ++i) printf("%d\n", squares[i]);
  return 0;
}
