/* SPDX-License-Identifier: MIT */
/* Guide: Ctrl-C ends a program that has a pool, in two seconds at most; a pool that runs all it has accepted. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <tpool/tpool.h>
#include <unistd.h>

#include "check.h"

static int work_on(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  while (tp_task_stop_requested() == 0) sleep_tenths(0.01); /* one small step of the work */
  return -1;                                                /* not done */
}

/* Ends the pool; the process ends without it if its tasks do not return in time. */
static void end_within(tp_pool_t *pool, double seconds) {
  if (tp_pool_destroy_within(pool, seconds) == TP_ETIMEDOUT) _exit(EXIT_FAILURE);
}

static void show_signal(void) {
  const tp_task_t task = {.size = sizeof task, .fn = work_on};
  tp_pool_t *pool;
  sigset_t signals;
  int which;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK);

  kill(getpid(), SIGINT); /* as Ctrl-C does */
  CHECK(sigwait(&signals, &which) == 0 && which == SIGINT);
  end_within(pool, 2.0);
}

/* A thread that waits for a job, and has to notice a flag meanwhile. */
static volatile sig_atomic_t interrupted = 0;

static void on_interrupt(int which) {
  (void)which;
  interrupted = 1;
}

static void show_flag(void) {
  const tp_task_t task = {.size = sizeof task, .fn = work_on};
  tp_pool_t *pool;
  tp_result_t *result;
  struct sigaction action = {.sa_handler = on_interrupt};
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &result) == TP_OK);
  kill(getpid(), SIGUSR1);

  while (tp_result_wait(result, 0.1) == TP_ETIMEDOUT) {
    if (interrupted) CHECK(tp_result_cancel(result) == TP_OK);
  }

  tp_result_release(result);
  end_within(pool, 2.0);
}

static int count(void *ctx, const void *item, void *value) {
  atomic_int *written = ctx;
  (void)item, (void)value;
  atomic_fetch_add(written, 1);
  return 0;
}

static void show_drain(void) {
  atomic_int written = 0;
  const tp_task_t task = {.size = sizeof task, .fn = count, .ctx = &written};
  const tp_pool_options_t drain = {.size = sizeof drain, .flags = TP_POOL_DRAIN};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&drain, &pool) == TP_OK);
  for (int i = 0; i < 100; ++i) CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK);
  tp_pool_destroy(pool); /* returns when all have run */
  CHECK(atomic_load(&written) == 100);
}

int main(void) {
  show_signal();
  show_flag();
  show_drain();
  return 0;
}
