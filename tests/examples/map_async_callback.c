/* SPDX-License-Identifier: MIT */
/* map_async with a callback: the results are handed over when all are there, while the program does
 * something else. A failure goes to the error callback instead. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

struct file_name {
  char text[32];
};

struct outcome {
  int called;
  struct file_name files[2];
  char error[64];
};

/* Stands for a download: takes a while, and returns the name of the file. */
static int download(void *ctx, const void *item, void *value) {
  const char *url = *(const char *const *)item;
  struct file_name *file = value;
  (void)ctx;
  sleep_tenths(5);
  if (strncmp(url, "https://", 8) != 0) {
    tp_task_set_error("not a web address", NULL, NULL);
    return 1;
  }
  snprintf(file->text, sizeof file->text, "/home/me/%s", strrchr(url, '/') + 1);
  return 0;
}

static void on_success(void *user, tp_result_t *result) {
  struct outcome *outcome = user;
  void *files;
  CHECK(tp_result_get(result, 0, &files) == TP_OK);
  ++outcome->called;
  memcpy(outcome->files, files, sizeof outcome->files);
  printf("%s, %s\n", outcome->files[0].text, outcome->files[1].text);
}

static void on_error(void *user, tp_result_t *result) {
  struct outcome *outcome = user;
  const char *message = tp_error_message(tp_result_error(result));
  ++outcome->called;
  snprintf(outcome->error, sizeof outcome->error, "%s", message);
  printf("failed: %s\n", message);
}

static void start_downloads(tp_pool_t *pool, const char *const urls[2], struct outcome *outcome) {
  const tp_task_t task = TP_TASK(download, NULL, const char *, struct file_name);
  const tp_job_options_t options = {
      .size = sizeof options, .callback = on_success, .error_callback = on_error, .user = outcome};
  CHECK(tp_pool_map_async(pool, &task, urls, 2, &options, NULL) == TP_OK);
}

int main(void) {
  const tp_pool_options_t two = {.size = sizeof two, .workers = 2};
  const char *const good[] = {"https://example.com/birthday.png",
                              "https://example.com/Capture.png"};
  const char *const bad[] = {"https://example.com/birthday.png", "gopher:Capture.png"};
  struct outcome first = {0}, second = {0};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&two, &pool) == TP_OK);

  start_downloads(pool, good, &first);
  start_downloads(pool, bad, &second);
  printf("something else\n");
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);

  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  tp_pool_destroy(pool);
  CHECK(first.called == 1);
  CHECK(strcmp(first.files[0].text, "/home/me/birthday.png") == 0);
  CHECK(strcmp(first.files[1].text, "/home/me/Capture.png") == 0);
  CHECK(second.called == 1);
  CHECK(strcmp(second.error, "not a web address") == 0);
  return 0;
}
