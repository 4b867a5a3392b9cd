/* SPDX-License-Identifier: MIT */
/* Guide: a recursion whose calls run in parallel. */
#include <tpool/tpool.h>

#include "check.h"

struct part {
  const int *numbers;
  size_t n;
  long sum;
};

static int sum(void *ctx) {
  struct part *part = ctx;
  part->sum = 0;
  if (part->n <= 1000) {
    for (size_t i = 0; i < part->n; ++i) part->sum += part->numbers[i];
    return 0;
  }
  const size_t half = part->n / 2;
  struct part left = {part->numbers, half, 0};
  struct part right = {part->numbers + half, part->n - half, 0};
  tp_spawn_t spawned;
  if (tp_spawn(&spawned, sum, &left) != TP_OK) return 1; /* others may run this, */
  const int failed = sum(&right);                        /* while this worker goes on */
  if (tp_sync(&spawned) != TP_OK || failed) return 1;    /* now both have run */
  part->sum = left.sum + right.sum;
  return 0;
}

static int sum_task(void *ctx, const void *item, void *value) {
  struct part whole = *(const struct part *)item;
  (void)ctx;
  const int failed = sum(&whole);
  *(long *)value = whole.sum;
  return failed;
}

int main(void) {
  enum { kMany = 100000 };
  static int numbers[kMany];
  for (int i = 0; i < kMany; ++i) numbers[i] = i % 10;
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  const tp_task_t task = TP_TASK(sum_task, NULL, struct part, long);
  const struct part whole = {numbers, kMany, 0};
  long total;
  CHECK(tp_pool_apply(pool, &task, &whole, &total) == TP_OK);

  CHECK(total == 450000);
  tp_pool_destroy(pool);
  return 0;
}
