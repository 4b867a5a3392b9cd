/* SPDX-License-Identifier: MIT */
/* AsyncResult: ask again and again whether the results are there, then get them. */
#include "check.h"

#include <tpool/tpool.h>

static int nap(void *ctx, const void *item, void *value) {
  (void)ctx;
  sleep_tenths(*(const int *)item);
  *(int *)value = *(const int *)item;
  return 0;
}

/* Polls each tenth of a second, at most timeout of them; returns whether the result got ready. */
static int poll_result(tp_result_t *result, int timeout) {
  for (int i = 0; i < timeout; ++i) {
    if (tp_result_wait(result, 0.1) == TP_OK) return tp_result_ready(result);
    printf("not yet\n");
  }
  return 0;
}

int main(void) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = 4};
  const tp_task_t task = TP_TASK(nap, NULL, int, int);
  const int items[] = {5, 4};
  tp_pool_t *pool;
  tp_result_t *result;
  void *values;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);

  const double start = now_tenths();
  CHECK(tp_pool_map_async(pool, &task, items, 2, NULL, &result) == TP_OK);
  CHECK(tp_result_get(result, 0, &values) == TP_ETIMEDOUT);
  CHECK(tp_result_successful(result) == TP_ENOTREADY);

  CHECK(poll_result(result, 25));
  CHECK(now_tenths() - start >= 5);
  CHECK(tp_result_successful(result) == 1);
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  const int *naps = values;
  printf("%d, %d\n", naps[0], naps[1]);
  CHECK(naps[0] == 5 && naps[1] == 4);

  tp_result_release(result);
  tp_pool_destroy(pool);
  return 0;
}
