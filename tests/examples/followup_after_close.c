/* SPDX-License-Identifier: MIT */
/* A pool closed too early: the follow-up task of the callback is refused with TP_ECLOSED, and the
 * pool ends as it should. */
#include "check.h"
#include "range.h"

#include <pthread.h>
#include <tpool/tpool.h>

enum { n_tasks = 10 };

struct followup {
  tp_pool_t *pool;
  int status;
};

static pthread_mutex_t before_close = PTHREAD_MUTEX_INITIALIZER;

static int task1(void *ctx, const void *item, void *value) {
  (void)ctx;
  pthread_mutex_lock(&before_close); /* so that the close comes first on any machine */
  pthread_mutex_unlock(&before_close);
  *(double *)value = random_of(*(const int *)item);
  return 0;
}

static int task2(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  CHECK(0); /* a refused task never runs */
  return 0;
}

static void result_callback(void *user, tp_result_t *result) {
  struct followup *followup = user;
  const tp_task_t second = {.size = sizeof second, .fn = task2};
  (void)result;
  followup->status = tp_pool_apply_async(followup->pool, &second, NULL, NULL, NULL);
}

int main(void) {
  const tp_task_t first = TP_TASK(task1, NULL, int, double);
  struct followup followup = {NULL, TP_OK};
  const tp_job_options_t options = {
      .size = sizeof options, .callback = result_callback, .user = &followup};
  int items[n_tasks];
  void *values;
  tp_result_t *result;
  range_fill(items, n_tasks);
  CHECK(tp_pool_create(NULL, &followup.pool) == TP_OK);

  pthread_mutex_lock(&before_close);
  CHECK(tp_pool_map_async(followup.pool, &first, items, n_tasks, &options, &result) == TP_OK);
  CHECK(tp_pool_close(followup.pool) == TP_OK);
  pthread_mutex_unlock(&before_close);
  CHECK(tp_pool_join(followup.pool, TP_FOREVER) == TP_OK);

  printf("The follow-up: %s\n", tp_strerror(followup.status));
  CHECK(followup.status == TP_ECLOSED);
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  for (int i = 0; i < n_tasks; ++i) CHECK(((double *)values)[i] == random_of(i));

  tp_result_release(result);
  tp_pool_destroy(followup.pool);
  return 0;
}
