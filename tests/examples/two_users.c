/* SPDX-License-Identifier: MIT */
/* Two users of one pool, each with a group: one of them drops its own work, and the other's goes on. Each has its share
 * of the workers, however long the queue of the other is.
 *
 *   cc two_users.c $(pkg-config --cflags --libs tpool) */
#include "check.h"

#include <tpool/tpool.h>

static int work(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  sleep_tenths(0.01);
  return 0;
}

static void submit(tp_pool_t *pool, tp_group_t *group, int n) {
  tp_task_t task = {0};
  tp_job_options_t job = {0};
  task.size = sizeof task;
  task.fn = work;
  job.size = sizeof job;
  job.group = group;
  for (; n > 0; --n) CHECK(tp_pool_apply_async(pool, &task, NULL, &job, NULL) == TP_OK);
}

int main(void) {
  tp_group_t *indexer, *editor;
  tp_group_stats_t stats = {0};
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_group_create(pool, NULL, &indexer) == TP_OK);
  CHECK(tp_group_create(pool, NULL, &editor) == TP_OK);

  submit(pool, indexer, 100000);
  submit(pool, editor, 20); /* not behind the 100000 */
  CHECK(tp_group_wait(editor, TP_FOREVER) == TP_OK);
  submit(pool, editor, 20);

  CHECK(tp_group_cancel(indexer) == TP_OK); /* the editor's jobs are not touched */
  CHECK(tp_group_wait(indexer, TP_FOREVER) == TP_OK);
  CHECK(tp_group_wait(editor, TP_FOREVER) == TP_OK);

  stats.size = sizeof stats;
  CHECK(tp_group_stats(editor, &stats) == TP_OK);
  CHECK(stats.completed == 40 && stats.cancelled == 0);
  CHECK(tp_group_stats(indexer, &stats) == TP_OK);
  CHECK(stats.completed == 100000 && stats.cancelled > 50000);
  puts("the editor's 40 jobs ran; most of the indexer's were dropped");
  tp_group_release(indexer);
  tp_group_release(editor);
  tp_pool_destroy(pool);
  return 0;
}
