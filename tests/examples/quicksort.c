/* SPDX-License-Identifier: MIT */
/* Spawn and sync: quicksort, whose two parts are sorted at the same time. */
#include "check.h"

#include <tpool/tpool.h>

struct part {
  double* first;
  size_t count;
};

static void swap(double* a, double* b) {
  const double kept = *a;
  *a = *b;
  *b = kept;
}

/* Moves what is less than the element in the middle to the front, and returns how much that is. */
static size_t partition(double* first, size_t count) {
  size_t less = 0;
  swap(&first[count / 2], &first[count - 1]);
  for (size_t i = 0; i + 1 < count; ++i)
    if (first[i] < first[count - 1]) swap(&first[i], &first[less++]);
  swap(&first[less], &first[count - 1]);
  return less;
}

static int sort(void* ctx) {
  const struct part* part = ctx;
  if (part->count < 2) return 0;
  const size_t less = partition(part->first, part->count);
  struct part low = {part->first, less};
  struct part high = {part->first + less + 1, part->count - less - 1};
  tp_spawn_t spawned;
  if (tp_spawn(&spawned, sort, &high) != TP_OK) return 1;
  const int failed = sort(&low);
  return tp_sync(&spawned) != TP_OK || failed; /* high is on this stack: never return before */
}

static int sort_task(void* ctx, const void* item, void* value) {
  (void)item, (void)value;
  return sort(ctx);
}

int main(void) {
  enum { COUNT = 1000000 };
  double* const numbers = malloc(COUNT * sizeof *numbers);
  tp_pool_t* pool;

  CHECK(numbers != NULL);
  unsigned seed = 1;
  for (int i = 0; i < COUNT; ++i) numbers[i] = (seed = seed * 1664525u + 1013904223u) * 1e-9;
  struct part all = {numbers, COUNT};
  tp_task_t task = {0};
  task.size = sizeof task;
  task.fn = sort_task;
  task.ctx = &all;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_OK);
  for (int i = 1; i < COUNT; ++i) CHECK(numbers[i - 1] <= numbers[i]);
  printf("sorted %d numbers\n", COUNT);
  tp_pool_destroy(pool);
  free(numbers);
  return 0;
}
