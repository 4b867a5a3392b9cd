/* SPDX-License-Identifier: MIT */
/* Follow-up tasks for some results. By hand: read results as they come, and submit more. From the
 * callback of a map: it gets all results at once; who has waited for the map can close the pool,
 * because the callback has returned by then. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 10 };

struct drawn {
  int identifier;
  double value;
};

struct followup {
  tp_pool_t *pool;
  tp_task_t task;
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

static void follow(const struct followup *followup, const struct drawn *drawn) {
  if (drawn->value > 0.5)
    CHECK(tp_pool_apply_async(followup->pool, &followup->task, drawn, NULL, NULL) == TP_OK);
}

static void by_hand(const struct followup *followup, const tp_task_t *first) {
  struct range numbers = {0, n_tasks};
  struct drawn drawn;
  tp_result_t *results;
  CHECK(tp_pool_imap_unordered(followup->pool, first, range_next, &numbers, NULL, &results) ==
        TP_OK);
  while (tp_result_next(results, TP_FOREVER, &drawn) == TP_OK) follow(followup, &drawn);
  tp_result_release(results);
}

static void result_callback(void *user, tp_result_t *result) {
  void *values;
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  for (int i = 0; i < n_tasks; ++i) follow(user, (const struct drawn *)values + i);
}

static void by_callback(struct followup *followup, const tp_task_t *first) {
  const tp_job_options_t options = {
      .size = sizeof options, .callback = result_callback, .user = followup};
  int items[n_tasks];
  tp_result_t *result;
  range_fill(items, n_tasks);
  CHECK(tp_pool_map_async(followup->pool, first, items, n_tasks, &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  tp_result_release(result);
}

int main(void) {
  int followed[n_tasks] = {0};
  const tp_task_t first = TP_TASK(task1, NULL, int, struct drawn);
  const tp_task_t second = {
      .size = sizeof second, .fn = task2, .ctx = followed, .item_size = sizeof(struct drawn)};
  struct followup followup = {NULL, second};
  CHECK(tp_pool_create(NULL, &followup.pool) == TP_OK);

  by_hand(&followup, &first);
  CHECK(tp_pool_wait_idle(followup.pool, TP_FOREVER) == TP_OK);
  by_callback(&followup, &first);
  CHECK(tp_pool_close(followup.pool) == TP_OK);
  CHECK(tp_pool_join(followup.pool, TP_FOREVER) == TP_OK);
  printf("All done.\n");
  for (int i = 0; i < n_tasks; ++i) CHECK(followed[i] == 2 * (random_of(i) > 0.5));

  tp_pool_destroy(followup.pool);
  return 0;
}
