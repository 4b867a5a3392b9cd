/* SPDX-License-Identifier: MIT */
/* A C99 program's view: every function called once, in plain C. smoke_test.cpp calls smoke_c99. */
#include <tpool/tpool.h>

/* Returns the line of the first expectation that does not hold, 0 when all do. */
int smoke_c99(void);

#define EXPECT(condition)              \
  do {                                 \
    if (!(condition)) return __LINE__; \
  } while (0)

static int square(void* ctx, const void* item, void* value) {
  const int* x = item;
  int* y = value;
  (void)ctx;
  *y = *x * *x;
  return 0;
}

static int fail(void* ctx, const void* item, void* value) {
  (void)ctx;
  (void)item;
  (void)value;
  tp_task_set_error("no luck", 0, 0);
  return 5 + tp_task_stop_requested();
}

static int where(void* ctx, const void* item, void* value) {
  tp_pool_t* pool = ctx;
  int* index = value;
  (void)item;
  *index = tp_worker_index();
  return tp_worker_pool() == pool ? 0 : 1;
}

static int add(void* ctx, size_t begin, size_t end) {
  int* cells = ctx;
  for (; begin < end; ++begin) cells[begin] += 1;
  return 0;
}

static int count_down(void* ctx, void* item) {
  int* left = ctx;
  int* out = item;
  if (*left == 0) return 0;
  *out = (*left)--;
  return 1;
}

static void note(void* user, tp_result_t* result) {
  int* called = user;
  *called = 1 + tp_result_ready(result);
}

static int blocking(tp_pool_t* pool) {
  const tp_task_t squares = TP_TASK(square, 0, int, int);
  const int items[3] = {2, 3, 4};
  int values[3] = {0, 0, 0};
  int cells[10] = {0};
  EXPECT(tp_pool_apply(pool, &squares, items, values) == TP_OK && values[0] == 4);
  EXPECT(tp_pool_map(pool, &squares, items, values, 3, 0) == TP_OK && values[2] == 16);
  EXPECT(tp_pool_for(pool, add, cells, 10, 0) == TP_OK && cells[9] == 1);
  return 0;
}

static int inside(tp_pool_t* pool) {
  tp_task_t task = TP_TASK(where, 0, int, int);
  const int item = 0;
  int index = -1;
  task.ctx = pool;
  EXPECT(tp_pool_apply(pool, &task, &item, &index) == TP_OK && index >= 0);
  EXPECT(tp_worker_index() == -1);
  EXPECT(tp_worker_pool() == 0);
  return 0;
}

static int results(tp_pool_t* pool) {
  const tp_task_t squares = TP_TASK(square, 0, int, int);
  const int items[3] = {2, 3, 4};
  int cells[10] = {0};
  int called = 0;
  tp_job_options_t options = {.size = sizeof(options), .chunksize = 1};
  tp_result_t* all[3];
  void* values;
  size_t done, total, index;
  options.callback = note;
  options.user = &called;
  EXPECT(tp_pool_apply_async(pool, &squares, items, &options, &all[0]) == TP_OK);
  EXPECT(tp_pool_map_async(pool, &squares, items, 3, 0, &all[1]) == TP_OK);
  EXPECT(tp_pool_for_async(pool, add, cells, 10, 0, &all[2]) == TP_OK);
  EXPECT(tp_wait_all(all, 3, TP_FOREVER) == TP_OK);
  EXPECT(tp_wait_any(all, 3, 0, &index) == TP_OK && index == 0);
  EXPECT(called == 1);
  EXPECT(tp_result_ready(all[0]) == 1);
  EXPECT(tp_result_wait(all[0], 0) == TP_OK);
  EXPECT(tp_result_successful(all[1]) == 1);
  EXPECT(tp_result_get(all[1], 0, &values) == TP_OK && ((int*)values)[1] == 9);
  EXPECT(tp_result_progress(all[2], &done, &total) == TP_OK && done == 10 && total == 10);
  EXPECT(tp_result_item_status(all[2], 9) == TP_OK);
  EXPECT(tp_result_error(all[2]) == 0);
  EXPECT(tp_result_cancel(all[2]) == TP_OK);
  EXPECT(tp_result_retain(all[2]) == all[2]);
  for (index = 0; index < 3; ++index) tp_result_release(all[index]);
  tp_result_release(all[2]);
  return 0;
}

static int streams(tp_pool_t* pool) {
  const tp_task_t squares = TP_TASK(square, 0, int, int);
  int left = 3, again = 3, value = 0, sum = 0;
  tp_result_t *ordered, *unordered;
  EXPECT(tp_pool_imap(pool, &squares, count_down, &left, 0, &ordered) == TP_OK);
  EXPECT(tp_pool_imap_unordered(pool, &squares, count_down, &again, 0, &unordered) == TP_OK);
  EXPECT(tp_result_next(ordered, TP_FOREVER, &value) == TP_OK && value == 9);
  EXPECT(tp_result_next(ordered, TP_FOREVER, &value) == TP_OK && value == 4);
  EXPECT(tp_result_next(ordered, TP_FOREVER, &value) == TP_OK && value == 1);
  EXPECT(tp_result_next(ordered, TP_FOREVER, &value) == TP_END);
  while (tp_result_next(unordered, TP_FOREVER, &value) == TP_OK) sum += value;
  EXPECT(sum == 14);
  tp_result_release(ordered);
  tp_result_release(unordered);
  return 0;
}

static int errors(tp_pool_t* pool) {
  const tp_task_t failing = TP_TASK(fail, 0, int, int);
  const int item = 0;
  int value = 0;
  EXPECT(tp_pool_apply(pool, &failing, &item, &value) == TP_ETASK);
  EXPECT(tp_error_status(tp_last_error()) == TP_ETASK);
  EXPECT(tp_error_code(tp_last_error()) == 5);
  EXPECT(tp_error_index(tp_last_error()) == 0);
  EXPECT(tp_error_message(tp_last_error())[0] == 'n');
  EXPECT(tp_error_payload(tp_last_error()) == 0);
  tp_clear_error();
  EXPECT(tp_last_error() == 0);
  return 0;
}

static int ends(tp_pool_t* pool) {
  tp_pool_stats_t stats;
  size_t workers;
  EXPECT(tp_pool_workers(pool, &workers) == TP_OK && workers == 2);
  EXPECT(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  EXPECT(tp_pool_close(pool) == TP_OK);
  EXPECT(tp_pool_terminate(pool) == TP_OK);
  EXPECT(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  stats.size = sizeof(stats);
  EXPECT(tp_pool_stats(pool, &stats) == TP_OK && stats.state == 3);
  return 0;
}

#ifdef TP_TASK_BATCH /* version 1.2 */
TP_TASK_BATCH(square, square, int, int)

static int answer(void* to) { return *(int*)to = 42, 0; }

static int count_items(void* ctx, size_t begin, size_t end, void* partial) {
  *(size_t*)partial += end - begin;
  return ctx != 0;
}

static int add_counts(void* ctx, void* into, void* from) {
  *(size_t*)into += *(const size_t*)from;
  return ctx != 0;
}

static int since_1_2(tp_pool_t* pool) {
  const tp_task_t many = TP_TASK_WITH(square, square_batch, 0, int, int);
  const int items[3] = {2, 3, 4};
  int values[3] = {0, 0, 0};
  const size_t none = 0;
  const tp_reduce_t reduce = {sizeof(reduce), count_items, add_counts, 0, &none, sizeof(none)};
  size_t count = 0;
  int given = 0;
  tp_spawn_t spawned;
  EXPECT(tp_pool_map(pool, &many, items, values, 3, 0) == TP_OK && values[1] == 9);
  EXPECT(tp_spawn(&spawned, answer, &given) == TP_OK && tp_sync(&spawned) == TP_OK);
  EXPECT(given == 42);
  EXPECT(tp_pool_reduce(pool, &reduce, 1000, 0, &count) == TP_OK && count == 1000);
  return 0;
}
#else
static int since_1_2(tp_pool_t* pool) { return pool == 0; }
#endif

int smoke_c99(void) {
  int (*const parts[])(tp_pool_t*) = {blocking, inside, results, streams, errors, since_1_2, ends};
  tp_pool_options_t options = {.size = sizeof(options), .workers = 2};
  tp_pool_t* pool;
  size_t i;
  int line = 0;
  EXPECT(tp_version()[0] == '1');
  EXPECT(tp_strerror(TP_OK)[0] != 0);
  EXPECT(tp_pool_create(&options, &pool) == TP_OK);
  for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && line == 0; ++i) line = parts[i](pool);
  tp_pool_destroy(pool);
  return line;
}
