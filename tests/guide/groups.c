/* SPDX-License-Identifier: MIT */
/* Guide: groups of jobs. */
#include <tpool/tpool.h>

#include "check.h"

struct log {
  int entries[3];
  int n;
};

static int write_down(void *ctx, const void *item, void *value) {
  struct log *log = ctx;
  (void)value;
  log->entries[log->n++] = *(const int *)item;
  return 0;
}

static void show_group(tp_pool_t *pool, const tp_task_t *task) {
  const int one = 1;

  tp_group_t *group;
  CHECK(tp_group_create(pool, NULL, &group) == TP_OK);
  const tp_job_options_t job = {.size = sizeof job, .group = group};
  CHECK(tp_pool_apply_async(pool, task, &one, &job, NULL) == TP_OK);
  CHECK(tp_group_wait(group, TP_FOREVER) == TP_OK);
  tp_group_release(group);
}

static void show_serial(tp_pool_t *pool, const tp_task_t *task, const struct log *log) {
  const int two = 2, three = 3;

  const tp_group_options_t serial = {.size = sizeof serial, .max_running = 1, .name = "log"};
  tp_group_t *queue;
  CHECK(tp_group_create(pool, &serial, &queue) == TP_OK);
  const tp_job_options_t in_queue = {.size = sizeof in_queue, .group = queue};
  CHECK(tp_pool_apply_async(pool, task, &two, &in_queue, NULL) == TP_OK);
  CHECK(tp_pool_apply_async(pool, task, &three, &in_queue, NULL) == TP_OK);
  CHECK(tp_group_wait(queue, TP_FOREVER) == TP_OK);

  CHECK(log->entries[0] == 1 && log->entries[1] == 2 && log->entries[2] == 3);
  tp_group_release(queue);
}

static void show_bound(tp_pool_t *pool, const tp_task_t *task) {
  const int item = 0;
  const tp_group_options_t bounded = {.size = sizeof bounded, .max_pending = 1};
  tp_group_t *group;
  CHECK(tp_group_create(pool, &bounded, &group) == TP_OK);

  const tp_job_options_t polite = {.size = sizeof polite, .flags = TP_JOB_TRY, .group = group};
  CHECK(tp_group_pause(group) == TP_OK);
  CHECK(tp_pool_apply_async(pool, task, &item, &polite, NULL) == TP_OK);
  CHECK(tp_pool_apply_async(pool, task, &item, &polite, NULL) == TP_EAGAIN);
  CHECK(tp_group_cancel(group) == TP_OK);
  CHECK(tp_group_wait(group, TP_FOREVER) == TP_OK);

  tp_group_stats_t stats = {.size = sizeof stats};
  CHECK(tp_group_stats(group, &stats) == TP_OK && stats.cancelled == 1);
  tp_group_release(group);
}

int main(void) {
  struct log log = {{0}, 0};
  const tp_task_t task = {
      .size = sizeof task, .fn = write_down, .ctx = &log, .item_size = sizeof(int)};
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_group(pool, &task);
  show_serial(pool, &task, &log);
  show_bound(pool, &task);
  tp_pool_destroy(pool);
  return 0;
}
