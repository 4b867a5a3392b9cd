/* SPDX-License-Identifier: MIT */
/* Guide: the first steps in C. */
#include <stdio.h>
#include <string.h>
#include <tpool/tpool.h>

#include "check.h"

static int length(void *ctx, const void *item, void *value) {
  const char *name = *(const char *const *)item;
  (void)ctx;
  *(size_t *)value = strlen(name);
  return 0; /* the value is there; anything else is this task's error code */
}

static void show_map(tp_pool_t *pool) {
  const char *names[] = {"Ada", "Grace", "Barbara"};
  size_t lengths[3];
  const tp_task_t task = TP_TASK(length, NULL, const char *, size_t);

  CHECK(tp_pool_map(pool, &task, names, lengths, 3, NULL) == TP_OK);
  for (int i = 0; i < 3; ++i) printf("%s: %zu\n", names[i], lengths[i]);

  CHECK(lengths[0] == 3 && lengths[1] == 5 && lengths[2] == 7);
}

static void show_async(tp_pool_t *pool) {
  const char *name = "Barbara";
  const tp_task_t task = TP_TASK(length, NULL, const char *, size_t);
  tp_result_t *result;
  void *value;

  CHECK(tp_pool_apply_async(pool, &task, &name, NULL, &result) == TP_OK);
  /* ... something else meanwhile ... */
  CHECK(tp_result_get(result, TP_FOREVER, &value) == TP_OK);
  printf("%zu\n", *(size_t *)value);
  tp_result_release(result);
}

struct rectangle {
  double width, height;
};

static int scaled_area(void *ctx, const void *item, void *value) {
  const double *scale = ctx;
  const struct rectangle *r = item;
  *(double *)value = *scale * r->width * r->height;
  return 0;
}

static void show_arguments(tp_pool_t *pool) {
  double scale = 10;
  const struct rectangle rectangles[] = {{1, 2}, {3, 4}};
  double areas[2];
  const tp_task_t task = TP_TASK(scaled_area, &scale, struct rectangle, double);

  CHECK(tp_pool_map(pool, &task, rectangles, areas, 2, NULL) == TP_OK);

  CHECK(areas[0] == 20 && areas[1] == 120);
}

static int next_line(void *ctx, void *item) {
  char **line = item;
  char ***rest = ctx;
  if (**rest == NULL) return 0; /* the end */
  *line = *(*rest)++;
  return 1;
}

static void show_stream(tp_pool_t *pool) {
  char first[] = "one", second[] = "three";
  char *lines[] = {first, second, NULL};
  const tp_task_t task = TP_TASK(length, NULL, char *, size_t);
  char **rest = lines;
  size_t size, total = 0;
  tp_result_t *stream;

  CHECK(tp_pool_imap(pool, &task, next_line, &rest, NULL, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &size) == TP_OK) total += size;
  tp_result_release(stream);

  CHECK(total == 8);
}

static int halve(void *ctx, size_t begin, size_t end) {
  double *numbers = ctx;
  for (size_t i = begin; i < end; ++i) numbers[i] /= 2;
  return 0;
}

static void show_loop(tp_pool_t *pool) {
  double numbers[1000];
  for (int i = 0; i < 1000; ++i) numbers[i] = i;

  CHECK(tp_pool_for(pool, halve, numbers, 1000, NULL) == TP_OK);

  CHECK(numbers[7] == 3.5 && numbers[999] == 499.5);
}

static int root(void *ctx, const void *item, void *value) {
  const double x = *(const double *)item;
  (void)ctx;
  if (x < 0) {
    tp_task_set_error("no root of a negative number", NULL, NULL);
    return 33;
  }
  double y = x > 1 ? x : 1;
  for (int i = 0; i < 100; ++i) y = (y + x / y) / 2;
  *(double *)value = y;
  return 0;
}

static void show_error(tp_pool_t *pool) {
  const double numbers[] = {4, 9, -1};
  double roots[3];
  const tp_task_t task = TP_TASK(root, NULL, double, double);

  int status = tp_pool_map(pool, &task, numbers, roots, 3, NULL);
  if (status == TP_ETASK) {
    const tp_error_t *error = tp_last_error();
    printf("item %zu: %s (%d)\n", tp_error_index(error), tp_error_message(error),
           tp_error_code(error));
  }

  CHECK(status == TP_ETASK && tp_error_index(tp_last_error()) == 2);
  CHECK(tp_error_code(tp_last_error()) == 33);
}

int main(void) {
  tp_pool_t *pool;
  int status = tp_pool_create(NULL, &pool);
  if (status != TP_OK) {
    fprintf(stderr, "no pool: %s\n", tp_strerror(status));
    return 1;
  }

  show_map(pool);
  show_async(pool);
  show_arguments(pool);
  show_stream(pool);
  show_loop(pool);
  show_error(pool);

  tp_pool_close(pool);            /* no more work */
  tp_pool_join(pool, TP_FOREVER); /* all of it is done */
  tp_pool_destroy(pool);
  return 0;
}
