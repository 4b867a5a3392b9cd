/* SPDX-License-Identifier: MIT */
/* What functools.partial does in Python: an argument that is the same for every item is the ctx. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

static int download_file(void *ctx, const void *item, void *value) {
  const int *wait_time = ctx;
  const char *url = *(const char *const *)item;
  sleep_tenths(*wait_time);
  *(const char **)value = strrchr(url, '/') + 1; /* stands for a download */
  return 0;
}

int main(void) {
  const tp_pool_options_t two = {.size = sizeof two, .workers = 2};
  int wait_time = 5;
  const tp_task_t download = TP_TASK(download_file, &wait_time, const char *, const char *);
  const char *const urls[] = {"https://example.com/birthday.png",
                              "https://example.com/Capture.png"};
  const char *files[2];
  tp_pool_t *pool;
  CHECK(tp_pool_create(&two, &pool) == TP_OK);

  const double start = now_tenths();
  CHECK(tp_pool_map(pool, &download, urls, files, 2, NULL) == TP_OK);
  CHECK(now_tenths() - start >= wait_time);
  printf("%s, %s\n", files[0], files[1]);
  CHECK(strcmp(files[0], "birthday.png") == 0);
  CHECK(strcmp(files[1], "Capture.png") == 0);

  tp_pool_destroy(pool);
  return 0;
}
