/* SPDX-License-Identifier: MIT */
/* Pattern: imap_unordered, and only the first result matters: destroying the pool ends the rest.
 * Tasks that have not started never do; those that run see that they should stop. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10, n_workers = 4, fast_one = 2 };

/* Ten ways to the result: one of the first four is short, the others would take ten seconds. */
static int task(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  const int tenths = number == fast_one ? 1 : 100;
  int *started = ctx;
  started[number] = 1;
  for (int i = 0; i < tenths && !tp_task_stop_requested(); ++i) sleep_tenths(1);
  *(int *)value = number;
  return 0;
}

int main(void) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = n_workers};
  int started[n_tasks] = {0}, n_started = 0, first;
  const tp_task_t job = TP_TASK(task, started, int, int);
  struct range numbers = {0, n_tasks};
  tp_pool_t *pool;
  tp_result_t *results;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);

  const double start = now_tenths();
  CHECK(tp_pool_imap_unordered(pool, &job, range_next, &numbers, NULL, &results) == TP_OK);
  CHECK(tp_result_next(results, TP_FOREVER, &first) == TP_OK);
  printf(">got %d\n", first);
  tp_pool_destroy(pool);
  tp_result_release(results);

  CHECK(first == fast_one);
  CHECK(now_tenths() - start < 50);
  for (int i = 0; i < n_tasks; ++i) n_started += started[i];
  CHECK(n_started <= n_workers + 1);
  return 0;
}
