/* SPDX-License-Identifier: MIT */
/* Guide: chunks of maps, loops and streams, and the window of a stream. */
#include <stdatomic.h>
#include <stdint.h>
#include <tpool/tpool.h>

#include "check.h"

static int square(void *ctx, const void *item, void *value) {
  const int64_t x = *(const int64_t *)item;
  (void)ctx;
  *(int64_t *)value = x * x;
  return 0;
}

static const tp_task_t task = TP_TASK(square, NULL, int64_t, int64_t);

static void show_chunksize(tp_pool_t *pool) {
  int64_t xs[100], ys[100];
  for (int i = 0; i < 100; ++i) xs[i] = i;

  const tp_job_options_t tens = {.size = sizeof tens, .chunksize = 10};
  CHECK(tp_pool_map(pool, &task, xs, ys, 100, &tens) == TP_OK);

  CHECK(ys[99] == 9801);
}

static int count_range(void *ctx, size_t begin, size_t end) {
  atomic_size_t *calls = ctx;
  (void)begin, (void)end;
  atomic_fetch_add(calls, 1);
  return 0;
}

static void show_calls(tp_pool_t *pool) {
  atomic_size_t calls = 0;
  const tp_job_options_t hundreds = {.size = sizeof hundreds, .chunksize = 100};
  CHECK(tp_pool_for(pool, count_range, &calls, 1000, &hundreds) == TP_OK);
  CHECK(atomic_load(&calls) == 10);
}

static int count_up(void *ctx, void *item) {
  int64_t *next = ctx;
  *(int64_t *)item = ++*next;
  return 1; /* there is always one more */
}

static void show_endless(tp_pool_t *pool) {
  int64_t next = 0, y = 0;
  const tp_job_options_t window = {.size = sizeof window, .chunksize = 4, .buffersize = 64};
  tp_result_t *stream;

  CHECK(tp_pool_imap(pool, &task, count_up, &next, &window, &stream) == TP_OK);
  while (y < 1000) CHECK(tp_result_next(stream, TP_FOREVER, &y) == TP_OK);
  CHECK(tp_result_cancel(stream) == TP_OK); /* or it would run for ever */
  CHECK(tp_result_wait(stream, TP_FOREVER) == TP_OK);
  tp_result_release(stream);

  CHECK(y == 1024);
  CHECK(next <= 32 + 64); /* no more than the window was pulled ahead */
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show_chunksize(pool);
  show_calls(pool);
  show_endless(pool);
  tp_pool_destroy(pool);
  return 0;
}
