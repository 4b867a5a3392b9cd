/* SPDX-License-Identifier: MIT */
/* What starmap does in Python: where each item has arguments of its own, the item is a struct. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

struct arguments {
  const char *url;
  int wait_time;
};

static int download_file(void *ctx, const void *item, void *value) {
  const struct arguments *given = item;
  (void)ctx;
  sleep_tenths(given->wait_time);
  *(const char **)value = strrchr(given->url, '/') + 1; /* stands for a download */
  return 0;
}

int main(void) {
  const tp_pool_options_t two = {.size = sizeof two, .workers = 2};
  const tp_task_t task = TP_TASK(download_file, NULL, struct arguments, const char *);
  const struct arguments urls[] = {{"https://example.com/birthday.png", 4},
                                   {"https://example.com/Capture.png", 10}};
  const char *files[2];
  tp_pool_t *pool;
  CHECK(tp_pool_create(&two, &pool) == TP_OK);

  const double start = now_tenths();
  CHECK(tp_pool_map(pool, &task, urls, files, 2, NULL) == TP_OK);
  CHECK(now_tenths() - start >= 10);
  printf("%s, %s\n", files[0], files[1]);
  CHECK(strcmp(files[0], "birthday.png") == 0);
  CHECK(strcmp(files[1], "Capture.png") == 0);

  tp_pool_destroy(pool);
  return 0;
}
