/* SPDX-License-Identifier: MIT */
/* What starmap and functools.partial do in Python: an item that is a struct brings arguments of its
 * own, and ctx brings an argument that is the same for every item. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

struct arguments {
  const char *url;
  int wait_time;
};

/* Stands for a download. */
static const char *download_file(const char *url, int wait_time) {
  sleep_tenths(wait_time);
  return strrchr(url, '/') + 1;
}

static int download_by_own(void *ctx, const void *item, void *value) {
  const struct arguments *given = item;
  (void)ctx;
  *(const char **)value = download_file(given->url, given->wait_time);
  return 0;
}

static int download_by_shared(void *ctx, const void *item, void *value) {
  *(const char **)value = download_file(*(const char *const *)item, *(const int *)ctx);
  return 0;
}

static void download_all(tp_pool_t *pool, const tp_task_t *task, const void *items, int tenths) {
  const char *files[2];
  const double start = now_tenths();
  CHECK(tp_pool_map(pool, task, items, files, 2, NULL) == TP_OK);
  CHECK(now_tenths() - start >= tenths);
  printf("%s, %s\n", files[0], files[1]);
  CHECK(strcmp(files[0], "birthday.png") == 0);
  CHECK(strcmp(files[1], "Capture.png") == 0);
}

int main(void) {
  const tp_pool_options_t two = {.size = sizeof two, .workers = 2};
  const struct arguments own[] = {{"https://example.com/birthday.png", 4},
                                  {"https://example.com/Capture.png", 10}};
  const char *const urls[] = {own[0].url, own[1].url};
  int wait_time = 5;
  const tp_task_t by_own = TP_TASK(download_by_own, NULL, struct arguments, const char *);
  const tp_task_t by_shared = TP_TASK(download_by_shared, &wait_time, const char *, const char *);
  tp_pool_t *pool;
  CHECK(tp_pool_create(&two, &pool) == TP_OK);

  download_all(pool, &by_own, own, 10);
  download_all(pool, &by_shared, urls, wait_time);

  tp_pool_destroy(pool);
  return 0;
}
