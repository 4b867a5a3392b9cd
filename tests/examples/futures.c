/* SPDX-License-Identifier: MIT */
/* Results of results: a promise that another thread keeps, a chain of continuations, all of them, and the first.
 * cc futures.c $(pkg-config --cflags --libs tpool) */
#include "check.h"

#include <pthread.h>
#include <tpool/tpool.h>

enum { n_pages = 5 };

/* What a program hears from a thread of its own. */
static void *answer(void *promise) {
  const int page = 20;
  CHECK(tp_promise_set(promise, &page) == TP_OK);
  tp_promise_release(promise);
  return NULL;
}

static int load(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = 10 * *(const int *)item;
  return 0;
}

/* A continuation: its item leads to the result that is ready. */
static int add_one(void *ctx, const void *item, void *value) {
  tp_result_t *const *source = item;
  void *number = NULL;
  (void)ctx;
  CHECK(tp_result_get(*source, 0, &number) == TP_OK);
  *(int *)value = *(int *)number + 1;
  return 0;
}

static int value_of(tp_result_t *result) {
  void *value = NULL;
  CHECK(tp_result_get(result, TP_FOREVER, &value) == TP_OK);
  return *(int *)value;
}

static void show_chain(tp_pool_t *pool) {
  const tp_task_t shape = {.size = sizeof shape, .value_size = sizeof(int)};
  const tp_task_t next = TP_TASK(add_one, NULL, tp_result_t *, int);
  const tp_job_options_t on_success = {.size = sizeof on_success, .flags = TP_JOB_ON_SUCCESS};
  tp_promise_t *promise;
  tp_result_t *page, *first, *second;
  pthread_t thread;
  CHECK(tp_promise_create(pool, &shape, &promise, &page) == TP_OK);
  CHECK(tp_result_then(page, &next, &on_success, &first) == TP_OK);
  CHECK(tp_result_then(first, &next, &on_success, &second) == TP_OK);
  CHECK(pthread_create(&thread, NULL, answer, promise) == 0);
  printf("a chain: %d\n", value_of(second));
  CHECK(value_of(second) == 22);
  pthread_join(thread, NULL);
  tp_result_release(page);
  tp_result_release(first);
  tp_result_release(second);
}

static void show_all_and_any(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(load, NULL, int, int);
  tp_result_t *pages[n_pages], *all, *any;
  void *index = NULL;
  for (int i = 0; i < n_pages; ++i) CHECK(tp_pool_apply_async(pool, &task, &i, NULL, &pages[i]) == TP_OK);
  CHECK(tp_when_all(pages, n_pages, &all) == TP_OK);
  CHECK(tp_when_any(pages, n_pages, &any) == TP_OK);
  CHECK(tp_result_get(any, TP_FOREVER, &index) == TP_OK);
  CHECK(tp_result_ready(pages[*(size_t *)index]) == 1);
  CHECK(tp_result_wait(all, TP_FOREVER) == TP_OK);
  for (int i = 0; i < n_pages; ++i) CHECK(value_of(pages[i]) == 10 * i);
  printf("all of %d\n", n_pages);
  for (int i = 0; i < n_pages; ++i) tp_result_release(pages[i]);
  tp_result_release(all);
  tp_result_release(any);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_chain(pool);
  show_all_and_any(pool);
  tp_pool_destroy(pool);
  return 0;
}
