/* SPDX-License-Identifier: MIT */
/* apply: one task at a time, each with arguments and a result of its own type. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

struct page_request {
  const char *url;
  int save_to_file;
};

static int sum(void *ctx, const void *item, void *value) {
  const int *numbers = item; /* five of them */
  int *total = value;
  (void)ctx;
  *total = 0;
  for (int i = 0; i < 5; ++i) *total += numbers[i];
  return 0;
}

static int absolute(void *ctx, const void *item, void *value) {
  const double number = *(const double *)item;
  (void)ctx;
  *(double *)value = number < 0 ? -number : number;
  return 0;
}

/* Stands for a download that hands over the text of the page. */
static int download(void *ctx, const void *item, void *value) {
  const struct page_request *request = item;
  (void)ctx;
  if (request->save_to_file) return 1;
  *(const char **)value = "<!doctype html>";
  return 0;
}

int main(void) {
  const tp_pool_options_t five = {.size = sizeof five, .workers = 5};
  const tp_task_t sum_task = TP_TASK(sum, NULL, int[5], int);
  const tp_task_t absolute_task = TP_TASK(absolute, NULL, double, double);
  const tp_task_t download_task = TP_TASK(download, NULL, struct page_request, const char *);
  const int numbers[5] = {1, 2, 3, 4, 5};
  const double number = -5.67;
  const struct page_request request = {.url = "http://example.com", .save_to_file = 0};
  int total;
  double positive;
  const char *page;
  tp_pool_t *pool;
  CHECK(tp_pool_create(&five, &pool) == TP_OK);

  CHECK(tp_pool_apply(pool, &sum_task, numbers, &total) == TP_OK);
  CHECK(tp_pool_apply(pool, &absolute_task, &number, &positive) == TP_OK);
  CHECK(tp_pool_apply(pool, &download_task, &request, &page) == TP_OK);
  printf("%d\n%.2f\n%s\n", total, positive, page);
  CHECK(total == 15);
  CHECK(positive == 5.67);
  CHECK(strcmp(page, "<!doctype html>") == 0);

  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  tp_pool_destroy(pool);
  return 0;
}
