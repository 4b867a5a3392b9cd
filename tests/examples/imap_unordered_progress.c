/* SPDX-License-Identifier: MIT */
/* imap_unordered: results are handed over as tasks end, while others still run. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 50 };

struct drawn {
  int identifier;
  double value;
};

static int task(void *ctx, const void *item, void *value) {
  const int identifier = *(const int *)item;
  struct drawn *drawn = value;
  (void)ctx;
  drawn->identifier = identifier;
  drawn->value = random_of(identifier);
  printf("Task %d executing with %.3f\n", identifier, drawn->value);
  sleep_tenths(drawn->value);
  return 0;
}

/* Reads all results; returns whether the first came before the last task was done. */
static int comes_early(tp_pool_t *pool) {
  const tp_task_t job = TP_TASK(task, NULL, int, struct drawn);
  struct range numbers = {0, n_tasks};
  int got[n_tasks] = {0};
  size_t done_at_first = 0;
  struct drawn drawn;
  tp_result_t *results;
  CHECK(tp_pool_imap_unordered(pool, &job, range_next, &numbers, NULL, &results) == TP_OK);
  for (int i = 0; tp_result_next(results, TP_FOREVER, &drawn) == TP_OK; ++i) {
    if (i == 0) CHECK(tp_result_progress(results, &done_at_first, NULL) == TP_OK);
    printf("Got result: %.3f\n", drawn.value);
    CHECK(drawn.value == random_of(drawn.identifier));
    ++got[drawn.identifier];
  }
  for (int i = 0; i < n_tasks; ++i) CHECK(got[i] == 1);
  tp_result_release(results);
  return done_at_first < n_tasks;
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK_TIMED(comes_early(pool));

  tp_pool_destroy(pool);
  return 0;
}
