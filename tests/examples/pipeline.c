/* SPDX-License-Identifier: MIT */
/* A bounded pipeline of three stages: each stage is a group. The bounds keep at most 8 jobs in each stage, so the
 * reader waits while the others are busy. The last stage is a serial queue, so the writer needs no lock.
 *
 *   cc pipeline.c $(pkg-config --cflags --libs tpool) */
#include "check.h"

#include <tpool/tpool.h>

enum { LINES = 1000, DEPTH = 8 };

static tp_pool_t *pool;
static tp_group_t *parsing, *writing;
static long written, lines_written;

static void submit(tp_group_t *stage, tp_task_fn fn, long item) {
  tp_task_t task = {0};
  tp_job_options_t job = {0};
  task.size = sizeof task;
  task.fn = fn;
  task.item_size = sizeof item;
  job.size = sizeof job;
  job.group = stage;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, NULL) == TP_OK);
}

static int write_line(void *ctx, const void *item, void *value) {
  (void)ctx, (void)value;
  written += *(const long *)item;
  lines_written++;
  return 0;
}

/* A worker never waits for room: the stage before has limited how many come. */
static int parse_line(void *ctx, const void *item, void *value) {
  (void)ctx, (void)value;
  sleep_tenths(0.001);
  submit(writing, write_line, 2 * *(const long *)item);
  return 0;
}

int main(void) {
  tp_group_options_t bounded = {sizeof bounded, DEPTH, 0, "parse"};
  tp_group_options_t serial = {sizeof serial, 0, 1, "write"};
  tp_group_stats_t stats = {0};
  long line;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_group_create(pool, &bounded, &parsing) == TP_OK);
  CHECK(tp_group_create(pool, &serial, &writing) == TP_OK);

  stats.size = sizeof stats;
  for (line = 0; line < LINES; ++line) { /* the first stage: this thread reads */
    submit(parsing, parse_line, line);   /* and waits here for room */
    CHECK(tp_group_stats(parsing, &stats) == TP_OK);
    CHECK(stats.queued + stats.running <= DEPTH);
  }
  CHECK(tp_group_wait(parsing, TP_FOREVER) == TP_OK); /* stage by stage */
  CHECK(tp_group_wait(writing, TP_FOREVER) == TP_OK);
  CHECK(lines_written == LINES && written == (long)LINES * (LINES - 1));
  printf("%ld lines\n", lines_written);

  tp_group_release(parsing);
  tp_group_release(writing);
  tp_pool_destroy(pool);
  return 0;
}
