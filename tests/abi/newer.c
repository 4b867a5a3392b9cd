/* SPDX-License-Identifier: MIT */
/* A program of a later version: its structs are longer than the library's. */
#include <tpool/tpool.h>

#include <stdio.h>
#include <string.h>

/* What a later version might append; the last one leaves bytes behind it that are nobody's. */
#define LONGER(Struct) \
  struct {             \
    Struct known;      \
    void *later;       \
    uint32_t flags;    \
  }
typedef LONGER(tp_task_t) task_t;
typedef LONGER(tp_pool_options_t) pool_options_t;
typedef LONGER(tp_job_options_t) job_options_t;
typedef LONGER(tp_pool_stats_t) pool_stats_t;

static int failed = 0;
#define CHECK(condition) \
  ((condition) ? (void)0 : (void)(failed = 1, printf("%d: %s\n", __LINE__, #condition)))

static int triple(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = 3 * *(const int *)item;
  return 0;
}

/* Maps one item; the options and the task may ask for what the library does not know. */
static int map(tp_pool_t *pool, task_t *task, job_options_t *job) {
  const int item = 5;
  int value = 0;
  const int status = tp_pool_map(pool, &task->known, &item, &value, 1, &job->known);
  CHECK(value == (status == TP_OK ? 15 : 0));
  return status;
}

static tp_pool_t *create(void) {
  pool_options_t options;
  tp_pool_t *pool = NULL;
  memset(&options, 0, sizeof options);
  options.known.size = sizeof options;
  options.known.workers = 2;
  options.later = &options;
  CHECK(tp_pool_create(&options.known, &pool) == TP_EINVAL && pool == NULL);
  options.later = NULL;
  options.flags = 1u << 31;
  CHECK(tp_pool_create(&options.known, &pool) == TP_EINVAL && pool == NULL);
  options.flags = 0;
  CHECK(tp_pool_create(&options.known, &pool) == TP_OK);
  return pool;
}

int main(void) {
  tp_pool_t *pool = create();
  task_t task;
  job_options_t job;
  pool_stats_t stats;
  memset(&task, 0, sizeof task);
  memset(&job, 0, sizeof job);
  memset(&stats, 0, sizeof stats);
  task.known = (tp_task_t)TP_TASK(triple, NULL, int, int);
  task.known.size = sizeof task;
  job.known.size = sizeof job;
  stats.known.size = sizeof stats;

  CHECK(map(pool, &task, &job) == TP_OK);
  task.later = &task;
  CHECK(map(pool, &task, &job) == TP_EINVAL);
  task.later = NULL;
  job.flags = 1;
  CHECK(map(pool, &task, &job) == TP_EINVAL);
  job.flags = 0;
  CHECK(map(pool, &task, &job) == TP_OK);
  CHECK(tp_pool_stats(pool, &stats.known) == TP_OK && stats.known.workers == 2);
  tp_pool_destroy(pool);
  return failed;
}
