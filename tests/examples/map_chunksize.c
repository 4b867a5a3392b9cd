/* SPDX-License-Identifier: MIT */
/* chunksize: 40 tasks of a tenth of a second on 4 workers. Four chunks of ten are the best split by
 * hand; without a chunksize, map finds a split that is as fast. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 40 };

static int task(void *ctx, const void *item, void *value) {
  (void)ctx;
  sleep_tenths(1);
  *(double *)value = random_of(*(const int *)item);
  return 0;
}

/* Returns how many tenths of a second the map took. */
static double time_map(tp_pool_t *pool, size_t chunksize) {
  const tp_job_options_t options = {.size = sizeof options, .chunksize = chunksize};
  const tp_task_t job = TP_TASK(task, NULL, int, double);
  int items[n_tasks];
  double results[n_tasks];
  range_fill(items, n_tasks);

  const double start = now_tenths();
  CHECK(tp_pool_map(pool, &job, items, results, n_tasks, &options) == TP_OK);
  const double took = now_tenths() - start;
  for (int i = 0; i < n_tasks; ++i) CHECK(results[i] == random_of(i));
  CHECK(took >= n_tasks / 4);
  return took;
}

static int default_is_as_fast(tp_pool_t *pool) {
  const double by_default = time_map(pool, 0);
  const double by_hand = time_map(pool, 10);
  printf("default: %.2f s, chunksize 10: %.2f s\n", by_default / 10, by_hand / 10);
  return by_default < by_hand + 0.5; /* one task less balanced is 1 more */
}

int main(void) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = 4};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);

  CHECK_TIMED(default_is_as_fast(pool));

  tp_pool_destroy(pool);
  return 0;
}
