/* SPDX-License-Identifier: MIT */
/* Guide: a job that may take so long and no longer, and a map that keeps each error. */
#include <tpool/tpool.h>

#include "check.h"

static int work_on(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  while (tp_task_stop_requested() == 0) sleep_tenths(0.01); /* one small step of the work */
  return 0;
}

static void show_deadline(tp_pool_t *pool) {
  const tp_task_t task = {.size = sizeof task, .fn = work_on};
  const tp_job_options_t how = {.size = sizeof how, .deadline = 0.05};
  tp_result_t *result;
  CHECK(tp_pool_apply_async(pool, &task, NULL, &how, &result) == TP_OK);

  CHECK(tp_result_get(result, TP_FOREVER, NULL) == TP_ETIMEDOUT);
  CHECK(tp_result_ready(result) == 1); /* the job has ended: it was not the wait that timed out */

  tp_result_release(result);
}

static int only_even(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  if (x % 2 != 0) {
    tp_task_set_error("an odd number", NULL, NULL);
    return x;
  }
  *(int *)value = x / 2;
  return 0;
}

static void show_kept_errors(tp_pool_t *pool) {
  const int items[] = {4, 7, 6, 9};
  const tp_task_t task = TP_TASK(only_even, NULL, int, int);
  int sum = 0, failures = 0;
  void *values;
  tp_result_t *result;

  const tp_job_options_t keep = {.size = sizeof keep, .flags = TP_JOB_KEEP_ERRORS};
  CHECK(tp_pool_map_async(pool, &task, items, 4, &keep, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &values) == TP_OK);
  for (size_t i = 0; i < 4; ++i) {
    const tp_error_t *error = tp_result_item_error(result, i);
    if (error == NULL) {
      sum += ((int *)values)[i];
    } else {
      printf("%d: %s\n", items[i], tp_error_message(error));
      ++failures;
    }
  }

  CHECK(sum == 5 && failures == 2);
  tp_result_release(result);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_deadline(pool);
  show_kept_errors(pool);
  tp_pool_destroy(pool);
  return 0;
}
