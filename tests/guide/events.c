/* SPDX-License-Identifier: MIT */
/* Guide: an event loop of one thread that gets its callbacks by poll. */
#include <poll.h>
#include <tpool/tpool.h>

#include "check.h"

enum { n_jobs = 10 };

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

struct window {
  int shown, sum; /* touched by the thread of the loop alone: needs no lock */
};

static void show(void *user, tp_result_t *result) {
  struct window *window = user;
  void *value;
  if (tp_result_get(result, 0, &value) == TP_OK) window->sum += *(int *)value;
  ++window->shown;
}

static void run_loop(tp_pool_t *pool, struct window *window) {
  struct pollfd ready = {.events = POLLIN};
  CHECK(tp_pool_fd(pool, &ready.fd) == TP_OK);

  while (window->shown < n_jobs) {
    poll(&ready, 1, -1); /* and whatever else the program waits for */
    if (ready.revents & POLLIN) tp_pool_run_callbacks(pool, 0, NULL);
  }
}

int main(void) {
  struct window window = {0, 0};
  const tp_pool_options_t manual = {.size = sizeof manual, .flags = TP_POOL_MANUAL_CALLBACKS};
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  const tp_job_options_t then_show = {.size = sizeof then_show, .callback = show, .user = &window};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&manual, &pool) == TP_OK);

  for (int i = 0; i < n_jobs; ++i) {
    CHECK(tp_pool_apply_async(pool, &task, &i, &then_show, NULL) == TP_OK);
  }
  run_loop(pool, &window);

  CHECK(window.sum == 285);
  tp_pool_destroy(pool);
  return 0;
}
