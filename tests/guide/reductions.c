/* SPDX-License-Identifier: MIT */
/* Guide: a sum, a part for each thread of a job, and a buffer for each worker. */
#include <stdalign.h>
#include <stdlib.h>
#include <tpool/tpool.h>

#include "check.h"

static int add_up(void *ctx, size_t begin, size_t end, void *partial) {
  double sum = *(double *)partial; /* in a register, until the chunk is done */
  (void)ctx;
  for (size_t i = begin; i < end; ++i) sum += (double)i;
  *(double *)partial = sum;
  return 0;
}

static int add(void *ctx, void *into, void *from) {
  (void)ctx;
  *(double *)into += *(double *)from;
  return 0;
}

static void show_sum(tp_pool_t *pool) {
  double sum;
  const double zero = 0;
  const tp_reduce_t reduce = {sizeof reduce, add_up, add, NULL, &zero, sizeof zero};
  CHECK(tp_pool_reduce(pool, &reduce, 100000, NULL, &sum) == TP_OK);
  CHECK(sum == 99999.0 * 100000 / 2);
}

/* A part has cache lines of its own, so that workers do not take them from each other. */
typedef struct {
  alignas(64) size_t counts[10];
} part_t;

static int count(void *ctx, size_t begin, size_t end) {
  part_t *part = (part_t *)ctx + tp_participant_index();
  for (size_t i = begin; i < end; ++i) ++part->counts[i % 10];
  return 0;
}

static void show_parts(tp_pool_t *pool) {
  part_t parts[4] = {{{0}}};
  size_t sevens = 0;
  CHECK(tp_pool_for(pool, count, parts, 100000, NULL) == TP_OK);
  for (int i = 0; i < 4; ++i) sevens += parts[i].counts[7];
  CHECK(sevens == 10000);
}

/* What each worker makes once, as it starts. */
static _Thread_local char *buffer;

static int make_buffer(void *arg) {
  buffer = malloc(*(const size_t *)arg);
  return buffer != NULL ? 0 : -1;
}

static void free_buffer(void *arg) {
  (void)arg;
  free(buffer);
}

static int write_number(void *ctx, const void *item, void *value) {
  const size_t room = *(const size_t *)ctx;
  *(int *)value = snprintf(buffer, room, "%d", *(const int *)item);
  return 0;
}

static void show_buffers(void) {
  size_t room = 100;
  const tp_pool_options_t options = {.size = sizeof options,
                                     .workers = 4,
                                     .initializer = make_buffer,
                                     .finalizer = free_buffer,
                                     .arg = &room};
  const tp_task_t task = TP_TASK(write_number, &room, int, int);
  const int numbers[] = {7, 42, 1000};
  int lengths[3];
  tp_pool_t *pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  CHECK(tp_pool_map(pool, &task, numbers, lengths, 3, NULL) == TP_OK);
  CHECK(lengths[0] == 1 && lengths[1] == 2 && lengths[2] == 4);
  tp_pool_destroy(pool);
}

int main(void) {
  const tp_pool_options_t options = {.size = sizeof options, .workers = 4};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  show_sum(pool);
  show_parts(pool);
  tp_pool_destroy(pool);
  show_buffers();
  return 0;
}
