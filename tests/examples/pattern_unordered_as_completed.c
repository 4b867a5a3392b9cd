/* SPDX-License-Identifier: MIT */
/* Pattern: imap_unordered, and use each result as its task completes. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10 };

struct drawn {
  int number;
  double value;
};

static int task(void *ctx, const void *item, void *value) {
  struct drawn *drawn = value;
  (void)ctx;
  drawn->number = *(const int *)item;
  drawn->value = random_of(drawn->number);
  sleep_tenths(drawn->value);
  return 0;
}

int main(void) {
  const tp_task_t job = TP_TASK(task, NULL, int, struct drawn);
  struct range numbers = {0, n_tasks};
  int got[n_tasks] = {0};
  struct drawn drawn;
  tp_pool_t *pool;
  tp_result_t *results;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_imap_unordered(pool, &job, range_next, &numbers, NULL, &results) == TP_OK);
  while (tp_result_next(results, TP_FOREVER, &drawn) == TP_OK) {
    printf(">got (%d, %.3f)\n", drawn.number, drawn.value);
    CHECK(drawn.value == random_of(drawn.number));
    ++got[drawn.number];
  }
  for (int i = 0; i < n_tasks; ++i) CHECK(got[i] == 1);

  tp_result_release(results);
  tp_pool_destroy(pool);
  return 0;
}
