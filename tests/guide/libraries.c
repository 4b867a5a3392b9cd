/* SPDX-License-Identifier: MIT */
/* Guide: two libraries of one process, each of which uses a pool. */
#include <tpool/tpool.h>

#include "check.h"

/* A library that takes its caller's pool, or makes one of its own. */
typedef struct {
  tp_pool_t *pool;
  int is_own;
} codec_t;

static int codec_open(codec_t *codec, tp_pool_t *pool) {
  codec->pool = pool;
  codec->is_own = pool == NULL;
  return pool != NULL ? TP_OK : tp_pool_create(NULL, &codec->pool);
}

static void codec_close(codec_t *codec) {
  if (codec->is_own) tp_pool_destroy(codec->pool);
}

static int encode(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = *(const int *)item + 1;
  return 0;
}

static int codec_encode(codec_t *codec, const int *items, int *values, size_t n) {
  const tp_task_t task = TP_TASK(encode, NULL, int, int);
  return tp_pool_map(codec->pool, &task, items, values, n, NULL);
}

/* A task of the program that calls the library. */
static int use_codec(void *codec, const void *item, void *value) {
  const int first = *(const int *)item, items[] = {first, first + 1};
  int values[2];
  const int status = codec_encode(codec, items, values, 2);
  *(int *)value = values[0] + values[1];
  return status;
}

static void show(tp_pool_t *pool, tp_pool_t *lent) {
  const int items[] = {1, 2, 3};
  int values[3];
  codec_t codec;
  CHECK(codec_open(&codec, lent) == TP_OK);
  const tp_task_t task = TP_TASK(use_codec, &codec, int, int);
  CHECK(tp_pool_map(pool, &task, items, values, 3, NULL) == TP_OK);
  CHECK(values[0] == 5 && values[1] == 7 && values[2] == 9);
  codec_close(&codec);
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  show(pool, pool);
  show(pool, NULL);
  tp_pool_destroy(pool);
  return 0;
}
