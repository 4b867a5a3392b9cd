/* SPDX-License-Identifier: MIT */
/* Guide: two stages of work on one pool; the second one takes what the first one gives. */
#include <tpool/tpool.h>

#include "check.h"

static int count(void *ctx, void *item) {
  int *next = ctx;
  if (*next == 1000) return 0;
  *(int *)item = (*next)++;
  return 1;
}

static int half(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(double *)value = *(const int *)item / 2.0;
  return 0;
}

static int square(void *ctx, const void *item, void *value) {
  const double x = *(const double *)item;
  (void)ctx;
  *(double *)value = x * x;
  return 0;
}

/* The source of the second stage: the values of the first one. */
static int next_value(void *stage, void *item) {
  const int status = tp_result_next(stage, TP_FOREVER, item);
  if (status == TP_END) return 0;
  return status == TP_OK ? 1 : -1;
}

int main(void) {
  const tp_task_t first_task = TP_TASK(half, NULL, int, double);
  const tp_task_t second_task = TP_TASK(square, NULL, double, double);
  tp_pool_t *pool;
  tp_result_t *first, *second;
  double value, expected = 0;
  int next = 0;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_imap(pool, &first_task, count, &next, NULL, &first) == TP_OK);
  CHECK(tp_pool_imap(pool, &second_task, next_value, first, NULL, &second) == TP_OK);
  while (tp_result_next(second, TP_FOREVER, &value) == TP_OK) {
    CHECK(value == expected * expected);
    expected += 0.5;
  }

  CHECK(expected == 500);
  tp_result_release(second);
  tp_result_release(first);
  tp_pool_destroy(pool);
  return 0;
}
