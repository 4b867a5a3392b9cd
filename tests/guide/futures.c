/* SPDX-License-Identifier: MIT */
/* Guide: promises, continuations, and results of several. */
#include "check.h"

#include <tpool/tpool.h>

static int download(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = 100 * *(const int *)item;
  return 0;
}

static int count_letters(void *ctx, const void *item, void *value) {
  tp_result_t *const *page = item;
  void *bytes;
  (void)ctx;
  if (tp_result_get(*page, 0, &bytes) != TP_OK) return 1;
  *(int *)value = *(int *)bytes / 2;
  return 0;
}

static int value_of(tp_result_t *result) {
  void *value;
  CHECK(tp_result_get(result, TP_FOREVER, &value) == TP_OK);
  return *(int *)value;
}

static void show_then(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(download, NULL, int, int);
  const int url = 3;
  tp_result_t *page, *letters;
  CHECK(tp_pool_apply_async(pool, &task, &url, NULL, &page) == TP_OK);

  tp_task_t next = TP_TASK(count_letters, NULL, tp_result_t *, int);
  tp_job_options_t options = {.size = sizeof options, .flags = TP_JOB_ON_SUCCESS};
  CHECK(tp_result_then(page, &next, &options, &letters) == TP_OK);

  CHECK(value_of(letters) == 150);
  tp_result_release(page);
  tp_result_release(letters);
}

static void show_when(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(download, NULL, int, int);
  tp_result_t *pages[2], *both, *fastest;
  void *index;
  for (int url = 0; url < 2; ++url)
    CHECK(tp_pool_apply_async(pool, &task, &url, NULL, &pages[url]) == TP_OK);

  CHECK(tp_when_all(pages, 2, &both) == TP_OK);
  CHECK(tp_when_any(pages, 2, &fastest) == TP_OK);
  CHECK(tp_result_get(fastest, TP_FOREVER, &index) == TP_OK);
  CHECK(tp_result_ready(pages[*(size_t *)index]) == 1);
  CHECK(tp_result_wait(both, TP_FOREVER) == TP_OK);

  CHECK(value_of(pages[1]) == 100);
  for (int url = 0; url < 2; ++url) tp_result_release(pages[url]);
  tp_result_release(both);
  tp_result_release(fastest);
}

static void show_promise(tp_pool_t *pool) {
  tp_task_t shape = {.size = sizeof shape, .value_size = sizeof(int)};
  tp_promise_t *promise;
  tp_result_t *result;
  CHECK(tp_promise_create(pool, &shape, &promise, &result) == TP_OK);
  int answer = 42;
  CHECK(tp_promise_set(promise, &answer) == TP_OK); /* any thread, once */
  tp_promise_release(promise);
  CHECK(value_of(result) == 42);
  tp_result_release(result);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_then(pool);
  show_when(pool);
  show_promise(pool);
  tp_pool_destroy(pool);
  return 0;
}
