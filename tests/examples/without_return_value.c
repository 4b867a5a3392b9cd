/* SPDX-License-Identifier: MIT */
/* Tasks for their effect alone, without a value: map waits until all have run; nobody reads the
 * stream of imap_unordered, and close and join still run all of its tasks. */
#include "check.h"
#include "range.h"

#include <tpool/tpool.h>

enum { n_tasks = 50 };

static int task(void *ctx, const void *item, void *value) {
  const int identifier = *(const int *)item;
  int *executed = ctx;
  (void)value; /* NULL: value_size is 0 */
  printf("Task %d executing with %.3f\n", identifier, random_of(identifier));
  sleep_tenths(random_of(identifier));
  ++executed[identifier];
  return 0;
}

int main(void) {
  int executed[n_tasks] = {0}, items[10];
  const tp_task_t job = {.size = sizeof job, .fn = task, .ctx = executed, .item_size = sizeof(int)};
  struct range numbers = {0, n_tasks};
  tp_pool_t *pool;
  range_fill(items, 10);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  CHECK(tp_pool_map(pool, &job, items, NULL, 10, NULL) == TP_OK);
  for (int i = 0; i < n_tasks; ++i) CHECK(executed[i] == (i < 10));

  CHECK(tp_pool_imap_unordered(pool, &job, range_next, &numbers, NULL, NULL) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i < n_tasks; ++i) CHECK(executed[i] == 1 + (i < 10));

  tp_pool_destroy(pool);
  return 0;
}
