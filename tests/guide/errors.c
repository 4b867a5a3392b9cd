/* SPDX-License-Identifier: MIT */
/* Guide: what failed, where and why; stopping early; cancelling; ending a pool. */
#include <stdatomic.h>
#include <string.h>
#include <tpool/tpool.h>

#include "check.h"
#include "range.h"

/* Fails for the odd ones. */
static int only_even(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx, (void)value;
  if (x % 2 == 0) return 0;
  tp_task_set_error("an odd number", NULL, NULL);
  return x;
}

static const tp_task_t even_task = {
    .size = sizeof even_task, .fn = only_even, .item_size = sizeof(int)};

static void show_each_status(tp_pool_t *pool) {
  const int items[] = {4, 7, 6, 9};
  tp_result_t *result;
  CHECK(tp_pool_map_async(pool, &even_task, items, 4, NULL, &result) == TP_OK);

  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK); /* ready, whatever the outcome */
  if (tp_result_successful(result) == 0) {
    const tp_error_t *error = tp_result_error(result); /* the failure with the lowest index */
    printf("%zu: %s\n", tp_error_index(error), tp_error_message(error));
    for (size_t i = 0; i < 4; ++i) printf("%s\n", tp_strerror(tp_result_item_status(result, i)));
  }

  CHECK(tp_error_index(tp_result_error(result)) == 1);
  CHECK(tp_error_code(tp_result_error(result)) == 7);
  CHECK(tp_result_item_status(result, 2) == TP_OK);
  CHECK(tp_result_item_status(result, 3) == TP_ETASK);
  tp_result_release(result);
}

static void show_stream(tp_pool_t *pool) {
  struct range numbers = {0, 5};
  int good = 0, bad = 0, status;
  tp_result_t *stream;
  CHECK(tp_pool_imap(pool, &even_task, range_next, &numbers, NULL, &stream) == TP_OK);

  while ((status = tp_result_next(stream, TP_FOREVER, NULL)) != TP_END) {
    if (status == TP_OK) ++good;
    if (status == TP_ETASK) ++bad; /* this item; the stream goes on */
  }

  CHECK(good == 3 && bad == 2);
  tp_result_release(stream);
}

static void show_fail_fast(tp_pool_t *pool) {
  const int items[] = {1, 2, 4, 6};
  const tp_job_options_t how = {.size = sizeof how, .flags = TP_JOB_FAIL_FAST};
  CHECK(tp_pool_map(pool, &even_task, items, NULL, 4, &how) == TP_ETASK);
}

/* Works until it is asked to stop. */
static int work_on(void *ctx, const void *item, void *value) {
  atomic_int *started = ctx;
  (void)item, (void)value;
  atomic_store(started, 1);
  while (tp_task_stop_requested() == 0) sleep_tenths(0.01); /* one small step of the work */
  return 1;
}

static void show_cancel(tp_pool_t *pool) {
  atomic_int started = 0;
  const tp_task_t task = {.size = sizeof task, .fn = work_on, .ctx = &started};
  tp_result_t *result;
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &result) == TP_OK);
  while (!atomic_load(&started)) sleep_tenths(0.01);

  if (tp_result_wait(result, 0.01) == TP_ETIMEDOUT) {
    CHECK(tp_result_cancel(result) == TP_OK);
    CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  }

  CHECK(tp_result_get(result, 0, NULL) == TP_ETASK); /* it had started, and said that it failed */
  tp_result_release(result);
}

static void drop_text(void *text) { free(text); }

static int fail_with_payload(void *ctx, const void *item, void *value) {
  char *text = malloc(sizeof "the whole story");
  (void)ctx, (void)item, (void)value;
  if (text == NULL) return 1;
  strcpy(text, "the whole story");
  if (tp_task_set_error("failed", text, drop_text) != TP_OK) free(text);
  return 1;
}

static void show_payload(tp_pool_t *pool) {
  const tp_task_t task = {.size = sizeof task, .fn = fail_with_payload};
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_ETASK);

  printf("%s\n", (const char *)tp_error_payload(tp_last_error()));

  CHECK(strcmp(tp_error_payload(tp_last_error()), "the whole story") == 0);
  tp_clear_error(); /* and the payload goes */
}

static void show_terminate(tp_pool_t *pool) {
  atomic_int started = 0;
  const tp_task_t task = {.size = sizeof task, .fn = work_on, .ctx = &started};
  tp_result_t *running, *queued;
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &running) == TP_OK);
  while (!atomic_load(&started)) sleep_tenths(0.01);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &queued) == TP_OK);

  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  CHECK(tp_result_get(queued, 0, NULL) == TP_ETERMINATED); /* it never started */
  CHECK(tp_result_get(running, 0, NULL) == TP_ETASK);
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_ECLOSED);

  tp_result_release(running);
  tp_result_release(queued);
}

int main(void) {
  const tp_pool_options_t one = {.size = sizeof one, .workers = 1};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&one, &pool) == TP_OK);
  show_each_status(pool);
  show_stream(pool);
  show_fail_fast(pool);
  show_cancel(pool);
  show_payload(pool);
  show_terminate(pool);
  tp_pool_destroy(pool);
  return 0;
}
