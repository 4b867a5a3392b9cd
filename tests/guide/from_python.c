/* SPDX-License-Identifier: MIT */
/* Guide: each method of Python's ThreadPool in C, beside from_python.py. */
#include <stdatomic.h>
#include <stdio.h>
#include <tpool/tpool.h>

#include "check.h"
#include "range.h"

static int square(void *ctx, const void *item, void *value) {
  const int x = *(const int *)item;
  (void)ctx;
  *(int *)value = x * x;
  return 0;
}

struct pair {
  int x, y;
};

static int add(void *ctx, const void *item, void *value) {
  const struct pair *pair = item;
  (void)ctx;
  *(int *)value = pair->x + pair->y;
  return 0;
}

static int fail(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  tp_task_set_error("no", NULL, NULL);
  return 1;
}

static int wait_for_gate(void *ctx, const void *item, void *value) {
  const atomic_int *open = ctx;
  (void)item, (void)value;
  while (!atomic_load(open)) sleep_tenths(0.01);
  return 0;
}

static int prepare(void *arg) {
  atomic_fetch_add((atomic_int *)arg, 1);
  return 0;
}

static const tp_task_t task = TP_TASK(square, NULL, int, int);

static void show_apply(tp_pool_t *pool) {
  int x = 7, y;
  CHECK(tp_pool_apply(pool, &task, &x, &y) == TP_OK);
  CHECK(y == 49);
}

static void show_apply_async(tp_pool_t *pool) {
  int x = 7;
  void *y;
  tp_result_t *result;
  CHECK(tp_pool_apply_async(pool, &task, &x, NULL, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &y) == TP_OK);
  CHECK(*(int *)y == 49);
  tp_result_release(result);
}

static void show_map(tp_pool_t *pool) {
  const int xs[] = {1, 2, 3};
  int ys[3];
  const tp_job_options_t how = {.size = sizeof how, .chunksize = 2};
  CHECK(tp_pool_map(pool, &task, xs, ys, 3, &how) == TP_OK);
  CHECK(ys[0] == 1 && ys[1] == 4 && ys[2] == 9);
}

static void say(void *user, tp_result_t *result) {
  int *said = user;
  void *ys;
  if (tp_result_get(result, 0, &ys) == TP_OK) *said = ((int *)ys)[2];
}

static void show_map_async(tp_pool_t *pool) {
  const int xs[] = {1, 2, 3};
  int said = 0;
  void *ys;
  tp_result_t *result;
  const tp_job_options_t how = {
      .size = sizeof how, .callback = say, .error_callback = say, .user = &said};
  CHECK(tp_pool_map_async(pool, &task, xs, 3, &how, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &ys) == TP_OK);
  CHECK(said == 9 && ((int *)ys)[2] == 9);
  tp_result_release(result);
}

static void show_starmap(tp_pool_t *pool) {
  const struct pair rows[] = {{1, 2}, {3, 4}};
  int ys[2];
  const tp_task_t add_task = TP_TASK(add, NULL, struct pair, int);
  CHECK(tp_pool_map(pool, &add_task, rows, ys, 2, NULL) == TP_OK);
  CHECK(ys[0] == 3 && ys[1] == 7);
}

static void show_imap(tp_pool_t *pool) {
  struct range xs = {0, 5};
  int y, sum = 0;
  tp_result_t *stream;
  CHECK(tp_pool_imap(pool, &task, range_next, &xs, NULL, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &y) == TP_OK) sum = 10 * sum + y;
  CHECK(sum == 1506);
  tp_result_release(stream);
}

static void show_imap_unordered(tp_pool_t *pool) {
  struct range xs = {0, 5};
  int y, sum = 0;
  tp_result_t *stream;
  CHECK(tp_pool_imap_unordered(pool, &task, range_next, &xs, NULL, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &y) == TP_OK) sum += y;
  CHECK(sum == 30);
  tp_result_release(stream);
}

static void show_timeout(tp_pool_t *pool) {
  atomic_int open = 0;
  const tp_task_t slow_task = {.size = sizeof slow_task, .fn = wait_for_gate, .ctx = &open};
  tp_result_t *slow;
  CHECK(tp_pool_apply_async(pool, &slow_task, NULL, NULL, &slow) == TP_OK);

  if (tp_result_get(slow, 0.001, NULL) == TP_ETIMEDOUT) {
    puts("not yet");
    atomic_store(&open, 1);
  }
  CHECK(tp_result_wait(slow, TP_FOREVER) == TP_OK);

  CHECK(tp_result_ready(slow) == 1 && tp_result_successful(slow) == 1);
  tp_result_release(slow);
}

static void show_error(tp_pool_t *pool) {
  const tp_task_t bad = {.size = sizeof bad, .fn = fail};

  if (tp_pool_apply(pool, &bad, NULL, NULL) == TP_ETASK) {
    puts(tp_error_message(tp_last_error()));
  }

  CHECK(tp_error_code(tp_last_error()) == 1);
}

int main(void) {
  atomic_int ready = 0;
  tp_pool_t *pool;
  const tp_pool_options_t how = {
      .size = sizeof how, .workers = 4, .initializer = prepare, .arg = &ready};
  CHECK(tp_pool_create(&how, &pool) == TP_OK);

  show_apply(pool);
  show_apply_async(pool);
  show_map(pool);
  show_map_async(pool);
  show_starmap(pool);
  show_imap(pool);
  show_imap_unordered(pool);
  show_timeout(pool);
  show_error(pool);

  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  tp_pool_destroy(pool);
  CHECK(atomic_load(&ready) == 4);
  return 0;
}
