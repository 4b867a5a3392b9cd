/* SPDX-License-Identifier: MIT */
/* Guide: a pool without threads of its own: the program's thread runs the work, by a function of the program. */
#include <tpool/tpool.h>

#include "check.h"

enum { n_scripts = 10 };

/* Calls the interpreter, which knows this thread alone. */
static int run_script(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  (void)ctx;
  *(int *)value = number * number;
  return 0;
}

int main(void) {
  const tp_pool_options_t hosted = {
      .size = sizeof hosted, .workers = 1, .flags = TP_POOL_NO_THREADS};
  const tp_task_t script = TP_TASK(NULL, NULL, int, int); /* no function: the host's own runs it */
  int numbers[n_scripts], sum = 0;
  tp_pool_t *pool;
  tp_result_t *result;
  void *values;
  size_t ran;
  for (int i = 0; i < n_scripts; ++i) numbers[i] = i;
  CHECK(tp_pool_create(&hosted, &pool) == TP_OK);

  CHECK(tp_pool_map_async(pool, &script, numbers, n_scripts, NULL, &result) == TP_OK);
  CHECK(tp_worker_enter(pool, run_script, 0, &ran) == TP_OK); /* runs what is there */

  CHECK(ran == n_scripts);
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  for (int i = 0; i < n_scripts; ++i) sum += ((int *)values)[i];
  CHECK(sum == 285);
  tp_result_release(result);
  tp_pool_destroy(pool);
  return 0;
}
