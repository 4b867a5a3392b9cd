/* SPDX-License-Identifier: MIT */
/* The sized structs as long as they were in 1.0 and in 1.1: what lies behind them is neither read nor written. */
#include <tpool/tpool.h>

#include <stdio.h>
#include <string.h>

#define WITH_GARBAGE(Struct)   \
  struct {                     \
    Struct known;              \
    unsigned char behind[256]; \
  }

static int failed = 0;
#define CHECK(condition) \
  ((condition) ? (void)0 : (void)(failed = 1, printf("%d: %s\n", __LINE__, #condition)))
#if TP_VERSION_MINOR == 0
#define CHECK_SIZE(Struct, in_1_0, in_1_1) CHECK(sizeof(void*) != 8 || sizeof(Struct) == (in_1_0))
#else
#define CHECK_SIZE(Struct, in_1_0, in_1_1) CHECK(sizeof(void*) != 8 || sizeof(Struct) == (in_1_1))
#endif
#define CHECK_BEHIND(object)                           \
  for (size_t i = 0; i < sizeof(object).behind; ++i) { \
    CHECK((object).behind[i] == 0xee);                 \
  }

static WITH_GARBAGE(tp_pool_options_t) pool_options;
static WITH_GARBAGE(tp_task_t) task;
static WITH_GARBAGE(tp_job_options_t) job;
static WITH_GARBAGE(tp_pool_stats_t) stats;

/* Fills the structs: fields and what is behind them, then the fields alone. */
#define PREPARE(object)                                                                       \
  (memset(&(object), 0xee, sizeof(object)), memset(&(object).known, 0, sizeof(object).known), \
   (void)((object).known.size = sizeof(object).known))

static int triple(void* ctx, const void* item, void* value) {
  (void)ctx;
  *(int*)value = 3 * *(const int*)item;
  return 0;
}

static int count_down(void* ctx, void* item) {
  int* left = ctx;
  *(int*)item = *left;
  return *left > 0 ? (*left)-- > 0 : 0;
}

static int add(void* ctx, size_t begin, size_t end) {
  int* cells = ctx;
  for (; begin < end; ++begin) ++cells[begin];
  return 0;
}

static void count(void* user, tp_result_t* result) {
  (void)result;
  ++*(int*)user;
}

static void check_map(tp_pool_t* pool) {
  const int items[4] = {1, 2, 3, 4};
  int values[4] = {0}, cells[4] = {0}, called = 0;
  tp_result_t* result = NULL;
  void* slots = NULL;
  CHECK(tp_pool_map(pool, &task.known, items, values, 4, &job.known) == TP_OK);
  CHECK(values[0] == 3 && values[3] == 12);
  CHECK(tp_pool_for(pool, add, cells, 4, &job.known) == TP_OK && cells[3] == 1);

  job.known.callback = count;
  job.known.user = &called;
  CHECK(tp_pool_map_async(pool, &task.known, items, 4, &job.known, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &slots) == TP_OK && ((int*)slots)[3] == 12);
  CHECK(called == 1);
  tp_result_release(result);
  job.known.callback = NULL;
}

static void check_stream(tp_pool_t* pool) {
  int left = 3, value = 0, sum = 0;
  tp_result_t* stream = NULL;
  job.known.buffersize = 2;
  CHECK(tp_pool_imap(pool, &task.known, count_down, &left, &job.known, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &value) == TP_OK) sum += value;
  CHECK(sum == 18);
  tp_result_release(stream);
}

#if TP_VERSION_MINOR >= 1
static int run_until_stopped(void* ctx, const void* item, void* value) {
  (void)ctx, (void)item, (void)value;
  while (tp_task_stop_requested() == 0) {
  }
  return 0;
}

static void check_deadline(tp_pool_t* pool) {
  tp_task_t stuck = task.known;
  tp_result_t* result = NULL;
  const int item = 1;
  stuck.fn = run_until_stopped;
  job.known.deadline = 0.01;
  job.known.name = "stuck";
  job.known.flags = TP_JOB_URGENT;
  CHECK(tp_pool_apply_async(pool, &stuck, &item, &job.known, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, NULL) == TP_ETIMEDOUT);
  tp_result_release(result);
}
#endif

int main(void) {
  tp_pool_t* pool = NULL;
  CHECK_SIZE(tp_task_t, 88, 88);
  CHECK_SIZE(tp_pool_options_t, 80, 104);
  CHECK_SIZE(tp_pool_stats_t, 112, 128);
  CHECK_SIZE(tp_job_options_t, 72, 88);
  PREPARE(pool_options);
  PREPARE(task);
  PREPARE(job);
  PREPARE(stats);
  pool_options.known.workers = 2;
  task.known.fn = triple;
  task.known.item_size = task.known.value_size = sizeof(int);
  job.known.chunksize = 1;

  CHECK(tp_pool_create(&pool_options.known, &pool) == TP_OK);
  check_map(pool);
  check_stream(pool);
#if TP_VERSION_MINOR >= 1
  check_deadline(pool);
#endif
  CHECK(tp_pool_stats(pool, &stats.known) == TP_OK);
  CHECK(stats.known.workers == 2 && stats.known.callbacks == 1);
#if TP_VERSION_MINOR >= 1
  CHECK(stats.known.timed_out == 1 && stats.known.paused == 0);
#endif
  CHECK(stats.known.size == sizeof stats.known);
  tp_pool_destroy(pool);
  CHECK_BEHIND(pool_options);
  CHECK_BEHIND(task);
  CHECK_BEHIND(job);
  CHECK_BEHIND(stats);
  return failed;
}
