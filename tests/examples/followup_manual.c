/* SPDX-License-Identifier: MIT */
/* Follow-up tasks by hand: read results as they come, and give the pool a second task for some. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10 };

struct drawn {
  int identifier;
  double value;
};

static int task1(void *ctx, const void *item, void *value) {
  struct drawn *drawn = value;
  (void)ctx;
  drawn->identifier = *(const int *)item;
  drawn->value = random_of(drawn->identifier);
  sleep_tenths(drawn->value);
  printf(">%d generated %.3f\n", drawn->identifier, drawn->value);
  return 0;
}

static int task2(void *ctx, const void *item, void *value) {
  const struct drawn *first = item;
  const double generated = random_of(first->identifier + n_tasks);
  int *followed = ctx;
  (void)value;
  sleep_tenths(generated);
  printf(">>%d with %.3f, generated %.3f\n", first->identifier, first->value, generated);
  ++followed[first->identifier];
  return 0;
}

int main(void) {
  int followed[n_tasks] = {0};
  const tp_task_t first = TP_TASK(task1, NULL, int, struct drawn);
  const tp_task_t second = {
      .size = sizeof second, .fn = task2, .ctx = followed, .item_size = sizeof(struct drawn)};
  struct range numbers = {0, n_tasks};
  struct drawn drawn;
  tp_pool_t *pool;
  tp_result_t *results;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_imap_unordered(pool, &first, range_next, &numbers, NULL, &results) == TP_OK);
  while (tp_result_next(results, TP_FOREVER, &drawn) == TP_OK) {
    if (drawn.value > 0.5) {
      CHECK(tp_pool_apply_async(pool, &second, &drawn, NULL, NULL) == TP_OK);
    }
  }
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  printf("All done.\n");
  for (int i = 0; i < n_tasks; ++i) CHECK(followed[i] == (random_of(i) > 0.5));

  tp_result_release(results);
  tp_pool_destroy(pool);
  return 0;
}
