/* SPDX-License-Identifier: MIT */
/* Guide: which job is first, pools that pause, grow and shrink, cancelling all, and where workers run. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getcpu */
#endif
#include <sched.h>
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

static void show_levels(tp_pool_t *pool) {
  struct log log = {{0}, 0};
  const tp_task_t task = {
      .size = sizeof task, .fn = write_down, .ctx = &log, .item_size = sizeof(int)};
  const int one = 1, two = 2, three = 3;

  const tp_job_options_t urgent = {.size = sizeof urgent, .flags = TP_JOB_URGENT};
  const tp_job_options_t background = {.size = sizeof background, .flags = TP_JOB_BACKGROUND};
  CHECK(tp_pool_pause(pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, &three, &background, NULL) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, &two, NULL, NULL) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, &one, &urgent, NULL) == TP_OK);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);

  CHECK(log.entries[0] == 1 && log.entries[1] == 2 && log.entries[2] == 3);
}

static void show_resize(tp_pool_t *pool) {
  size_t workers;
  CHECK(tp_pool_resize(pool, 4) == TP_OK); /* 0: the CPUs that the process may use by now */
  CHECK(tp_pool_workers(pool, &workers) == TP_OK && workers == 4);
}

static int touch(void *ctx, size_t begin, size_t end) {
  (void)ctx;
  return begin < end ? 0 : 1;
}

static void show_cancel(tp_pool_t *pool) {
  tp_result_t *result;
  CHECK(tp_pool_pause(pool) == TP_OK);
  CHECK(tp_pool_for_async(pool, touch, NULL, 1000, NULL, &result) == TP_OK);
  CHECK(tp_pool_cancel(pool) == TP_OK);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, NULL) == TP_ECANCELED);
  tp_result_release(result);
}

static void show_place(void) {
  const unsigned cpu = (unsigned)sched_getcpu(); /* one that this process may use */
  const tp_pool_options_t how = {
      .size = sizeof how, .workers = 2, .cpus = &cpu, .n_cpus = 1, .nice = 10};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&how, &pool) == TP_OK);
  tp_pool_destroy(pool);
}

int main(void) {
  const tp_pool_options_t one = {.size = sizeof one, .workers = 1};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&one, &pool) == TP_OK);
  show_levels(pool);
  show_resize(pool);
  show_cancel(pool);
  tp_pool_destroy(pool);
  show_place();
  return 0;
}
