/* SPDX-License-Identifier: MIT */
/* A program from before: its structs are shorter than the library's, and garbage lies behind them. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Its own declarations, as of then: no header of the library. */
typedef struct tp_pool tp_pool_t;
typedef struct tp_result tp_result_t;
typedef int (*tp_task_fn)(void *ctx, const void *item, void *value);
typedef struct {
  size_t size;
  tp_task_fn fn;
  void *ctx;
  size_t item_size, value_size;
} task_t;
typedef struct {
  size_t size, workers;
  int (*initializer)(void *arg);
  void (*finalizer)(void *arg);
  void *arg;
} pool_options_t;
typedef struct {
  size_t size, chunksize;
} job_options_t;
typedef struct {
  size_t size;
  uint64_t state, workers;
} pool_stats_t;

int tp_pool_create(const pool_options_t *options, tp_pool_t **pool);
int tp_pool_map(tp_pool_t *pool, const task_t *task, const void *items, void *values, size_t n,
                const job_options_t *options);
int tp_pool_map_async(tp_pool_t *pool, const task_t *task, const void *items, size_t n,
                      const job_options_t *options, tp_result_t **result);
int tp_result_get(tp_result_t *result, double timeout, void **values);
void tp_result_release(tp_result_t *result);
int tp_pool_stats(const tp_pool_t *pool, pool_stats_t *stats);
void tp_pool_destroy(tp_pool_t *pool);

#define WITH_GARBAGE(Struct) \
  struct {                   \
    Struct known;            \
    unsigned char behind[256]; \
  }

static int failed = 0;
#define CHECK(condition) \
  ((condition) ? (void)0 : (void)(failed = 1, printf("%d: %s\n", __LINE__, #condition)))

static int workers_seen = 0;
static int begin(void *arg) { return __atomic_fetch_add((int *)arg, 1, __ATOMIC_SEQ_CST) < 0; }

static int triple(void *ctx, const void *item, void *value) {
  *(int *)value = 3 * *(const int *)item + *(const int *)ctx;
  return 0;
}

static void map(tp_pool_t *pool, const task_t *task, const job_options_t *options) {
  const int items[4] = {1, 2, 3, 4};
  int values[4] = {0};
  CHECK(tp_pool_map(pool, task, items, values, 4, options) == 0);
  CHECK(values[0] == 13 && values[3] == 22);

  tp_result_t *result = NULL;
  void *slots = NULL;
  CHECK(tp_pool_map_async(pool, task, items, 4, options, &result) == 0);
  CHECK(tp_result_get(result, 60.0, &slots) == 0);
  CHECK(slots && ((int *)slots)[0] == 13);
  tp_result_release(result);
}

int main(void) {
  WITH_GARBAGE(pool_options_t) options;
  WITH_GARBAGE(task_t) task;
  WITH_GARBAGE(job_options_t) job;
  WITH_GARBAGE(pool_stats_t) stats;
  int add = 10;
  memset(&options, 0xee, sizeof options);
  memset(&task, 0xee, sizeof task);
  memset(&job, 0xee, sizeof job);
  memset(&stats, 0xee, sizeof stats);
  options.known = (pool_options_t){sizeof options.known, 2, begin, NULL, &workers_seen};
  task.known = (task_t){sizeof task.known, triple, &add, sizeof(int), sizeof(int)};
  job.known = (job_options_t){sizeof job.known, 1};
  stats.known.size = sizeof stats.known;

  tp_pool_t *pool = NULL;
  CHECK(tp_pool_create(&options.known, &pool) == 0);
  map(pool, &task.known, &job.known);
  CHECK(tp_pool_stats(pool, &stats.known) == 0);
  CHECK(stats.known.state == 0 && stats.known.workers == 2);
  for (size_t i = 0; i < sizeof stats.behind; ++i) CHECK(stats.behind[i] == 0xee);
  tp_pool_destroy(pool);
  CHECK(workers_seen >= 1);
  return failed;
}
