/* SPDX-License-Identifier: MIT */
/* Guide: a call that is tried again, later each time, and a job that is taken back before it starts. */
#include <stdatomic.h>
#include <tpool/tpool.h>

#include "check.h"

static int fetch(void *ctx, const void *item, void *value) {
  atomic_int *calls = ctx;
  switch (atomic_fetch_add(calls, 1)) {
    case 0:
      return 1; /* no answer */
    case 1:
      while (tp_task_stop_requested() == 0) sleep_tenths(0.01);
      return 1; /* too slow */
    default:
      *(int *)value = 10 * *(const int *)item;
      return 0;
  }
}

static int retry(tp_pool_t *pool, const tp_task_t *task, int key, int tries, int *answer) {
  tp_job_options_t how = {.size = sizeof how, .item_deadline = 0.05};
  tp_result_t *result;
  void *value;
  int status;
  do {
    status = tp_pool_apply_async(pool, task, &key, &how, &result);
    if (status != TP_OK) return status;
    status = tp_result_get(result, TP_FOREVER, &value);
    if (status == TP_OK) *answer = *(int *)value;
    tp_result_release(result);
    how.start_after = 0.001 + 2 * how.start_after;
  } while (status != TP_OK && --tries > 0);
  return status;
}

static void show_retry(tp_pool_t *pool) {
  atomic_int calls = 0;
  const tp_task_t task = TP_TASK(fetch, &calls, int, int);
  int answer;
  CHECK(retry(pool, &task, 7, 2, &answer) == TP_ETIMEDOUT);
  CHECK(retry(pool, &task, 7, 1, &answer) == TP_OK);
  CHECK(answer == 70 && atomic_load(&calls) == 3);
}

static int give_up(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  CHECK(0); /* not reached: the answer comes before */
  return 1;
}

static void show_reminder(tp_pool_t *pool) {
  const tp_task_t task = {.size = sizeof task, .fn = give_up};
  tp_result_t *reminder;

  const tp_job_options_t in_an_hour = {.size = sizeof in_an_hour, .start_after = 3600};
  CHECK(tp_pool_apply_async(pool, &task, NULL, &in_an_hour, &reminder) == TP_OK);
  CHECK(tp_result_cancel_pending(reminder) == 1); /* 0: it has started, and goes on */

  CHECK(tp_result_get(reminder, TP_FOREVER, NULL) == TP_ECANCELED);
  tp_result_release(reminder);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_retry(pool);
  show_reminder(pool);
  tp_pool_destroy(pool);
  return 0;
}
