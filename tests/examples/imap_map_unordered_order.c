/* SPDX-License-Identifier: MIT */
/* map, imap and imap_unordered side by side: when, and in which order, each hands over the results
 * of tasks that take 0, 4, 5 and 2 tenths of a second on 4 workers. */
#include "check.h"

#include <tpool/tpool.h>

enum { n_items = 4 };

struct list {
  const int *items;
  int next;
};

struct handed_over {
  int value;
  double tenths; /* since the start */
};

static int list_next(void *ctx, void *item) {
  struct list *list = ctx;
  if (list->next == n_items) return 0;
  *(int *)item = list->items[list->next++];
  return 1;
}

static int nap(void *ctx, const void *item, void *value) {
  (void)ctx;
  sleep_tenths(*(const int *)item);
  *(int *)value = *(const int *)item;
  return 0;
}

static const int iterable[n_items] = {0, 4, 5, 2};
static const tp_task_t nap_task = TP_TASK(nap, NULL, int, int);

static void run_map(tp_pool_t *pool, struct handed_over got[n_items]) {
  int values[n_items];
  const double start = now_tenths();
  CHECK(tp_pool_map(pool, &nap_task, iterable, values, n_items, NULL) == TP_OK);
  for (int i = 0; i < n_items; ++i) {
    got[i].value = values[i];
    got[i].tenths = now_tenths() - start;
  }
}

static void run_stream(tp_pool_t *pool, int ordered, struct handed_over got[n_items]) {
  struct list list = {iterable, 0};
  tp_result_t *stream;
  const double start = now_tenths();
  CHECK((ordered ? tp_pool_imap : tp_pool_imap_unordered)(pool, &nap_task, list_next, &list, NULL,
                                                          &stream) == TP_OK);
  for (int i = 0; i < n_items; ++i) {
    CHECK(tp_result_next(stream, TP_FOREVER, &got[i].value) == TP_OK);
    got[i].tenths = now_tenths() - start;
  }
  CHECK(tp_result_next(stream, TP_FOREVER, NULL) == TP_END);
  tp_result_release(stream);
}

static int in_order(const struct handed_over got[n_items], const int values[n_items]) {
  for (int i = 0; i < n_items; ++i) {
    printf("%d took %.0f tenths\n", got[i].value, got[i].tenths);
    if (got[i].value != values[i]) return 0;
  }
  return 1;
}

static int in_time(const struct handed_over got[n_items], const int tenths[n_items]) {
  for (int i = 0; i < n_items; ++i) {
    if (got[i].tenths < tenths[i] || got[i].tenths >= tenths[i] + 0.5) return 0;
  }
  return 1;
}

static int map_shows(tp_pool_t *pool) {
  const int tenths[n_items] = {5, 5, 5, 5};
  struct handed_over got[n_items];
  run_map(pool, got);
  printf("map\n");
  CHECK(in_order(got, iterable));
  return in_time(got, tenths);
}

static int imap_shows(tp_pool_t *pool) {
  const int tenths[n_items] = {0, 4, 5, 5};
  struct handed_over got[n_items];
  run_stream(pool, 1, got);
  printf("\nimap\n");
  CHECK(in_order(got, iterable));
  return in_time(got, tenths);
}

/* The order in which tasks end is a matter of time, too. */
static int imap_unordered_shows(tp_pool_t *pool) {
  const int values[n_items] = {0, 2, 4, 5};
  struct handed_over got[n_items];
  run_stream(pool, 0, got);
  printf("\nimap_unordered\n");
  return in_order(got, values) && in_time(got, values);
}

int main(void) {
  const tp_pool_options_t four = {.size = sizeof four, .workers = 4};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&four, &pool) == TP_OK);

  CHECK_TIMED(map_shows(pool));
  CHECK_TIMED(imap_shows(pool));
  CHECK_TIMED(imap_unordered_shows(pool));

  tp_pool_destroy(pool);
  return 0;
}
