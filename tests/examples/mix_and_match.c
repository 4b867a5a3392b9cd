/* SPDX-License-Identifier: MIT */
/* apply, apply_async and map_async on one pool, mixed as the program needs them: each task has
 * arguments and a result of its own type. */
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

static int any(void *ctx, const void *item, void *value) {
  const int *pair = item;
  (void)ctx;
  *(int *)value = pair[0] || pair[1];
  return 0;
}

static void keep_number(void *user, tp_result_t *result) {
  void *value;
  CHECK(tp_result_get(result, 0, &value) == TP_OK);
  *(double *)user = *(double *)value;
}

static void keep_answers(void *user, tp_result_t *result) {
  int *answers = user;
  void *values;
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  answers[0] = ((int *)values)[0];
  answers[1] = ((int *)values)[1];
}

int main(void) {
  const tp_pool_options_t five = {.size = sizeof five, .workers = 5};
  const tp_task_t sum_task = TP_TASK(sum, NULL, int[5], int);
  const tp_task_t absolute_task = TP_TASK(absolute, NULL, double, double);
  const tp_task_t download_task = TP_TASK(download, NULL, struct page_request, const char *);
  const tp_task_t any_task = TP_TASK(any, NULL, int[2], int);
  const int numbers[5] = {1, 2, 3, 4, 5};
  const double number = -5.67;
  const struct page_request request = {.url = "http://example.com", .save_to_file = 0};
  const int pairs[2][2] = {{1, 0}, {0, 0}};
  int total, answers[2] = {-1, -1};
  double positive = 0, again;
  const char *page;
  const tp_job_options_t to_positive = {
      .size = sizeof to_positive, .callback = keep_number, .user = &positive};
  const tp_job_options_t to_answers = {
      .size = sizeof to_answers, .callback = keep_answers, .user = answers};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&five, &pool) == TP_OK);

  CHECK(tp_pool_apply(pool, &sum_task, numbers, &total) == TP_OK);
  CHECK(tp_pool_apply(pool, &absolute_task, &number, &again) == TP_OK);
  CHECK(tp_pool_apply(pool, &download_task, &request, &page) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &absolute_task, &number, &to_positive, NULL) == TP_OK);
  CHECK(tp_pool_map_async(pool, &any_task, pairs, 2, &to_answers, NULL) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);

  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  tp_pool_destroy(pool);
  printf("%d\n%.2f\n%s\n%d, %d\n", total, positive, page, answers[0], answers[1]);
  CHECK(total == 15);
  CHECK(positive == 5.67 && again == 5.67);
  CHECK(strcmp(page, "<!doctype html>") == 0);
  CHECK(answers[0] == 1 && answers[1] == 0);
  return 0;
}
