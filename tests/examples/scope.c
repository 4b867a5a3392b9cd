/* SPDX-License-Identifier: MIT */
/* A function that fails in the middle: its group cancels what has not started, and waits for what runs, so that no job
 * uses the array of the function.
 *
 *   cc scope.c $(pkg-config --cflags --libs tpool) */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

enum { MOST = 100 };

static int measure(void *ctx, const void *item, void *value) {
  size_t *lengths = (size_t *)ctx;
  const size_t i = *(const size_t *)item;
  (void)value;
  sleep_tenths(0.1);
  lengths[i] = 6;
  return 0;
}

/* Measures the lines on the pool; -1 when one is empty. */
static int parse(tp_pool_t *pool, const char *const *lines, size_t n, tp_group_stats_t *stats) {
  size_t lengths[MOST];
  tp_group_t *group;
  tp_task_t task = {0};
  tp_job_options_t job = {0};
  int failed = 0;
  size_t i;
  CHECK(tp_group_create(pool, NULL, &group) == TP_OK);
  task.size = sizeof task;
  task.fn = measure;
  task.ctx = lengths;
  task.item_size = sizeof i;
  job.size = sizeof job;
  job.group = group;
  for (i = 0; i < n && !failed; ++i) {
    failed = strlen(lines[i]) == 0;
    if (!failed) CHECK(tp_pool_apply_async(pool, &task, &i, &job, NULL) == TP_OK);
  }
  if (failed) tp_group_cancel(group);
  CHECK(tp_group_wait(group, TP_FOREVER) == TP_OK); /* now nothing uses lengths */
  stats->size = sizeof *stats;
  CHECK(tp_group_stats(group, stats) == TP_OK);
  tp_group_release(group);
  return failed ? -1 : 0;
}

int main(void) {
  tp_pool_options_t two = {0};
  const char *lines[MOST];
  tp_group_stats_t stats;
  tp_pool_t *pool;
  size_t i;
  two.size = sizeof two;
  two.workers = 2;
  CHECK(tp_pool_create(&two, &pool) == TP_OK);
  for (i = 0; i < MOST; ++i) lines[i] = "a line";
  CHECK(parse(pool, lines, MOST, &stats) == 0 && stats.completed == MOST);
  lines[MOST - 1] = "";
  CHECK(parse(pool, lines, MOST, &stats) == -1 && stats.cancelled > 0);
  printf("an empty line; %d of the other lines were looked at\n",
         (int)(stats.completed - stats.cancelled));
  tp_pool_destroy(pool);
  return 0;
}
