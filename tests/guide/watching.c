/* SPDX-License-Identifier: MIT */
/* Guide: the numbers of a pool, how far a job is, and a trace. */
#include <inttypes.h>
#include <tpool/tpool.h>

#include "check.h"

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

static void show_stats(tp_pool_t *pool) {
  tp_pool_stats_t stats = {.size = sizeof stats};
  CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  printf("%" PRIu64 " of %" PRIu64 " workers busy, %" PRIu64 " items queued, %" PRIu64
         " jobs done\n",
         stats.busy, stats.workers, stats.queued, stats.completed);

  CHECK(stats.workers == 2 && stats.submitted >= stats.completed);
}

static void show_progress(tp_result_t *result) {
  size_t done, total;
  do {
    CHECK(tp_result_progress(result, &done, &total) == TP_OK);
    printf("%zu of %zu\n", done, total);
  } while (tp_result_wait(result, 0.1) == TP_ETIMEDOUT);

  CHECK(tp_result_progress(result, &done, &total) == TP_OK && done == 1000 && total == 1000);
}

int main(void) {
  static int xs[1000];
  const tp_pool_options_t how = {.size = sizeof how, .workers = 2, .name = "squares"};
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  tp_pool_t *pool;
  tp_result_t *result;
  CHECK(tp_pool_create(&how, &pool) == TP_OK);

  const tp_job_options_t named = {.size = sizeof named, .name = "first thousand"};
  CHECK(tp_pool_trace_start(pool, "squares.json") == TP_OK);
  CHECK(tp_pool_map_async(pool, &task, xs, 1000, &named, &result) == TP_OK);
  show_stats(pool);
  show_progress(result);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);

  tp_result_release(result);
  tp_pool_destroy(pool);
  return 0;
}
