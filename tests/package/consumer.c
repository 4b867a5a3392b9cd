/* SPDX-License-Identifier: MIT */
/* A program outside the tree: C99 against the installed headers and library. */
#include <stdio.h>
#include <tpool/tpool.h>

static int square(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = *(const int *)item * *(const int *)item;
  return 0;
}

int main(void) {
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  const int items[] = {1, 2, 3, 4};
  int values[4] = {0, 0, 0, 0};
  tp_pool_t *pool = NULL;
  int status = tp_pool_create(NULL, &pool);
  if (status == TP_OK) status = tp_pool_map(pool, &task, items, values, 4, NULL);
  tp_pool_destroy(pool);
  printf("%s: %s, %d %d %d %d\n", tp_version(), tp_strerror(status), values[0], values[1],
         values[2], values[3]);
  return status == TP_OK && values[0] == 1 && values[3] == 16 ? 0 : 1;
}
