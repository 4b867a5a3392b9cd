/* SPDX-License-Identifier: MIT */
/* Guide: callbacks on the workers, and follow-up work. */
#include <tpool/tpool.h>

#include "check.h"

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

static const tp_task_t task = TP_TASK(square, NULL, int, int);

struct chain {
  tp_pool_t *pool;
  int last;
};

static void finished(void *user, tp_result_t *result) {
  struct chain *chain = user;
  void *value;
  if (tp_result_get(result, 0, &value) == TP_OK) chain->last = *(int *)value;
}

static void failed(void *user, tp_result_t *result) {
  (void)user;
  fprintf(stderr, "%s\n", tp_error_message(tp_result_error(result)));
}

/* Gives the pool the next job as soon as the first has ended. */
static void go_on(void *user, tp_result_t *result) {
  struct chain *chain = user;
  const tp_job_options_t then = {
      .size = sizeof then, .callback = finished, .error_callback = failed, .user = chain};
  void *value;
  if (tp_result_get(result, 0, &value) != TP_OK) return;
  if (tp_pool_apply_async(chain->pool, &task, value, &then, NULL) != TP_OK) {
    tp_task_set_error("no follow-up", NULL, NULL); /* the job that go_on is of fails */
  }
}

int main(void) {
  struct chain chain = {NULL, 0};
  const int x = 3;
  CHECK(tp_pool_create(NULL, &chain.pool) == TP_OK);

  const tp_job_options_t first = {
      .size = sizeof first, .callback = go_on, .error_callback = failed, .user = &chain};
  CHECK(tp_pool_apply_async(chain.pool, &task, &x, &first, NULL) == TP_OK);
  CHECK(tp_pool_wait_idle(chain.pool, TP_FOREVER) == TP_OK);

  CHECK(chain.last == 81);
  tp_pool_destroy(chain.pool);
  return 0;
}
