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

/* Fails for some. */
static int half(void *ctx, const void *item, void *value) {
  const int n = *(const int *)item;
  (void)ctx;
  *(double *)value = n / 2.0;
  return n % 100 == 99;
}

/* An item of the second stage: a value of the first one, or why there is none. */
typedef struct {
  int status;
  double value;
} staged_t;

/* The source of the second stage. */
static int next_staged(void *stage, void *item) {
  staged_t *staged = item;
  staged->status = tp_result_next(stage, TP_FOREVER, &staged->value);
  if (staged->status == TP_END) return 0;
  return staged->status == TP_OK || staged->status == TP_ETASK || staged->status == TP_ELOST ? 1 : -1;
}

static int square(void *ctx, const void *item, void *value) {
  const staged_t *staged = item;
  (void)ctx;
  if (staged->status != TP_OK) return staged->status;
  *(double *)value = staged->value * staged->value;
  return 0;
}

int main(void) {
  const tp_task_t first_task = TP_TASK(half, NULL, int, double);
  const tp_task_t second_task = TP_TASK(square, NULL, staged_t, double);
  tp_pool_t *pool;
  tp_result_t *first, *second;
  double value, expected = 0;
  int status, next = 0, failed = 0;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_imap(pool, &first_task, count, &next, NULL, &first) == TP_OK);
  CHECK(tp_pool_imap(pool, &second_task, next_staged, first, NULL, &second) == TP_OK);
  while ((status = tp_result_next(second, TP_FOREVER, &value)) != TP_END) {
    if (status == TP_OK)
      CHECK(value == expected * expected);
    else
      ++failed;
    expected += 0.5;
  }

  CHECK(expected == 500);
  CHECK(failed == 10);
  tp_result_release(second);
  tp_result_release(first);
  tp_pool_destroy(pool);
  return 0;
}
