/* SPDX-License-Identifier: MIT */
/* Guide: which job is first, pools that pause, grow and shrink, cancelling all, threads that come and go, teams,
 * signals of child processes, and where workers run. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getcpu */
#endif
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
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

static int do_nothing(void *ctx, size_t begin, size_t end) {
  (void)ctx, (void)begin, (void)end;
  return 0;
}

static void show_idle(void) {
  const tp_pool_options_t how = {
      .size = sizeof how, .workers = 8, .min_workers = 0, .idle_timeout = 0.01};
  tp_pool_stats_t stats = {.size = sizeof stats};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&how, &pool) == TP_OK);
  CHECK(tp_pool_stats(pool, &stats) == TP_OK && stats.workers == 0);
  CHECK(tp_pool_for(pool, do_nothing, NULL, 100, NULL) == TP_OK);
  do CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  while (stats.workers != 0);
  tp_pool_destroy(pool);
}

struct shared {
  pthread_barrier_t barrier;
  int parts[4], sums[4];
};

static int take_steps(void *ctx, size_t i, size_t end) {
  struct shared *shared = ctx;
  (void)end;
  shared->parts[i] = (int)i + 1;
  pthread_barrier_wait(&shared->barrier); /* all have done their part */
  for (int part = 0; part < 4; ++part) shared->sums[i] += shared->parts[part];
  return 0;
}

static void show_team(tp_pool_t *pool) {
  struct shared shared = {.sums = {0}};
  CHECK(pthread_barrier_init(&shared.barrier, NULL, 4) == 0);
  CHECK(tp_pool_team(pool, take_steps, &shared, 4) == TP_OK); /* take_steps(&shared, i, i + 1) for each i < 4 */
  CHECK(tp_pool_team(pool, take_steps, &shared, 5) == TP_EAGAIN);
  for (int i = 0; i < 4; ++i) CHECK(shared.sums[i] == 10);
  pthread_barrier_destroy(&shared.barrier);
}

static int run_program(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item;
  *(int *)value = system("kill -TERM $$"); /* a shell that sends SIGTERM to itself */
  return 0;
}

static void show_signals(void) {
  const tp_pool_options_t how = {.size = sizeof how, .flags = TP_POOL_KEEP_SIGNALS};
  const tp_task_t task = {.size = sizeof task, .fn = run_program, .value_size = sizeof(int)};
  tp_pool_t *pool;
  int status;
  CHECK(tp_pool_create(&how, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, &status) == TP_OK);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM); /* the signal has reached it */
  tp_pool_destroy(pool);
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
  show_team(pool);
  tp_pool_destroy(pool);
  show_idle();
  show_signals();
  show_place();
  return 0;
}
