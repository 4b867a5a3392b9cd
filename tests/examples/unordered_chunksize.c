/* SPDX-License-Identifier: MIT */
/* imap_unordered with a chunksize: items run two by two on one worker each, and their results are
 * still handed over one by one. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 40 };

struct outcome {
  int identifier, worker;
};

static int task(void *ctx, const void *item, void *value) {
  struct outcome *outcome = value;
  (void)ctx;
  outcome->identifier = *(const int *)item;
  outcome->worker = tp_worker_index();
  sleep_tenths(1);
  return 0;
}

int main(void) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = 4};
  const tp_job_options_t by_two = {.size = sizeof by_two, .chunksize = 2};
  const tp_task_t job = TP_TASK(task, NULL, int, struct outcome);
  struct range numbers = {0, n_tasks};
  int worker_of[n_tasks], n_results = 0;
  struct outcome outcome;
  tp_pool_t *pool;
  tp_result_t *results;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);

  const double start = now_tenths();
  CHECK(tp_pool_imap_unordered(pool, &job, range_next, &numbers, &by_two, &results) == TP_OK);
  while (tp_result_next(results, TP_FOREVER, &outcome) == TP_OK) {
    printf("Got result: %d from worker %d\n", outcome.identifier, outcome.worker);
    worker_of[outcome.identifier] = outcome.worker;
    ++n_results;
  }
  CHECK(now_tenths() - start >= n_tasks / 4);
  CHECK(n_results == n_tasks);
  for (int i = 0; i < n_tasks; i += 2) CHECK(worker_of[i] == worker_of[i + 1]);

  tp_result_release(results);
  tp_pool_destroy(pool);
  return 0;
}
