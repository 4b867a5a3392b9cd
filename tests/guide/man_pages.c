/* SPDX-License-Identifier: MIT */
/* Examples for man pages. Each begins at the comment that names its pages, and ends before the next
 * one. */
#include <math.h>
#include <tpool/tpool.h>

#include "check.h"

/* EXAMPLE of tp_pool_map */
static int square(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  (void)ctx;
  *(int *)value = number * number;
  return 0;
}

static void map(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(square, NULL, int, int);
  const int numbers[] = {1, 2, 3};
  int squares[3];
  CHECK(tp_pool_map(pool, &task, numbers, squares, 3, NULL) == TP_OK);
  CHECK(squares[0] == 1 && squares[1] == 4 && squares[2] == 9);
}

/* EXAMPLE of tp_pool_apply, tp_pool_apply_async, tp_result_get */
static int next_number(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = *(const int *)item + 1;
  return 0;
}

static void one_call(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(next_number, NULL, int, int);
  const int number = 7;
  int next;
  tp_result_t *result;
  void *value;
  CHECK(tp_pool_apply(pool, &task, &number, &next) == TP_OK);
  CHECK(next == 8);

  CHECK(tp_pool_apply_async(pool, &task, &number, NULL, &result) == TP_OK);
  /* ... something else meanwhile ... */
  CHECK(tp_result_get(result, TP_FOREVER, &value) == TP_OK);
  CHECK(*(int *)value == 8);
  tp_result_release(result);
}

/* EXAMPLE of tp_pool_map_async */
static int cube(void *ctx, const void *item, void *value) {
  const int number = *(const int *)item;
  (void)ctx;
  *(int *)value = number * number * number;
  return 0;
}

static void map_later(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(cube, NULL, int, int);
  const int numbers[] = {1, 2, 3}; /* stays until the job is ready */
  tp_result_t *result;
  void *values;
  CHECK(tp_pool_map_async(pool, &task, numbers, 3, NULL, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &values) == TP_OK);
  CHECK(((int *)values)[2] == 27);
  tp_result_release(result);
}

/* EXAMPLE of tp_pool_imap, tp_pool_imap_unordered, tp_result_next */
static int count_to_ten(void *ctx, void *item) {
  int *last = ctx;
  if (*last == 10) return 0; /* the end */
  *(int *)item = ++*last;
  return 1;
}

static int tenfold(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = 10 * *(const int *)item;
  return 0;
}

static void streams(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(tenfold, NULL, int, int);
  int last = 0, value, n = 0, sum = 0;
  tp_result_t *stream;
  CHECK(tp_pool_imap(pool, &task, count_to_ten, &last, NULL, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &value) == TP_OK) {
    CHECK(value == 10 * ++n); /* in the order of the source */
  }
  CHECK(n == 10);
  tp_result_release(stream);

  last = 0;
  CHECK(tp_pool_imap_unordered(pool, &task, count_to_ten, &last, NULL, &stream) == TP_OK);
  while (tp_result_next(stream, TP_FOREVER, &value) == TP_OK) sum += value; /* in any order */
  CHECK(sum == 550);
  tp_result_release(stream);
}

/* EXAMPLE of tp_pool_for */
static int halve(void *ctx, size_t begin, size_t end) {
  double *numbers = ctx;
  for (size_t i = begin; i < end; ++i) numbers[i] /= 2;
  return 0;
}

static void loop(tp_pool_t *pool) {
  double numbers[1000];
  for (int i = 0; i < 1000; ++i) numbers[i] = i;
  CHECK(tp_pool_for(pool, halve, numbers, 1000, NULL) == TP_OK);
  CHECK(numbers[7] == 3.5);
}

/* EXAMPLE of tp_call_create, tp_call_row, tp_call_arg, tp_call_release, tp_pool_starmap */
static void native_calls(tp_pool_t *pool) {
  struct row {
    double factor;
    int exponent;
  };
  const struct row rows[] = {{1.5, 2}, {1, 10}};
  double values[2];
  size_t row_size, offset;
  tp_call_t *call;
  int status = tp_call_create((void (*)(void))ldexp, "double(double, int)", &call);
  if (status == TP_ENOTSUP) return; /* the library was built without typed calls */
  CHECK(status == TP_OK);

  CHECK(tp_call_row(call, &row_size, NULL, NULL) == TP_OK);
  CHECK(row_size == sizeof(struct row));
  CHECK(tp_call_arg(call, 1, &offset, NULL) == TP_OK);
  CHECK(offset == offsetof(struct row, exponent));

  CHECK(tp_pool_starmap(pool, call, rows, values, 2, NULL) == TP_OK);
  CHECK(values[0] == 6 && values[1] == 1024);
  tp_call_release(call);
}

/* EXAMPLE of tp_call_task, tp_pool_starmap_async */
static void native_jobs(tp_pool_t *pool) {
  struct row {
    double factor;
    int exponent;
  };
  const struct row rows[] = {{1.5, 2}, {1, 10}};
  tp_result_t *result;
  tp_call_t *call;
  tp_task_t task;
  void *values;
  double value;
  int status = tp_call_create((void (*)(void))ldexp, "double(double, int)", &call);
  if (status == TP_ENOTSUP) return; /* the library was built without typed calls */
  CHECK(status == TP_OK);

  CHECK(tp_pool_starmap_async(pool, call, rows, 2, NULL, &result) == TP_OK);
  CHECK(tp_result_get(result, TP_FOREVER, &values) == TP_OK);
  CHECK(((double *)values)[1] == 1024);
  tp_result_release(result);

  CHECK(tp_call_task(call, &task) == TP_OK); /* for the calls that take a task */
  CHECK(tp_pool_apply(pool, &task, &rows[0], &value) == TP_OK && value == 6);
  tp_call_release(call);
}

/* EXAMPLE of tp_error_status */
static int refuse(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  tp_task_set_error("no such file", NULL, NULL);
  return 7;
}

static void failure(tp_pool_t *pool) {
  const tp_task_t task = {.size = sizeof task, .fn = refuse};
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_ETASK);
  const tp_error_t *error = tp_last_error();
  CHECK(tp_error_status(error) == TP_ETASK && tp_error_code(error) == 7);
  printf("%s\n", tp_error_message(error)); /* no such file */
}

/* EXAMPLE of tp_group_pause, tp_group_resume */
static int count(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  ++*(int *)ctx;
  return 0;
}

static void paused_group(tp_pool_t *pool) {
  int runs = 0;
  const tp_task_t task = {.size = sizeof task, .fn = count, .ctx = &runs};
  tp_group_t *group;
  CHECK(tp_group_create(pool, NULL, &group) == TP_OK);
  const tp_job_options_t of_group = {.size = sizeof of_group, .group = group};

  CHECK(tp_group_pause(group) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, &of_group, NULL) == TP_OK);
  CHECK(runs == 0); /* the job waits */
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(tp_group_wait(group, TP_FOREVER) == TP_OK);
  CHECK(runs == 1);
  tp_group_release(group);
}

/* EXAMPLE of tp_pool_set_max_pending, tp_result_cancel_pending */
static int nothing(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  return 0;
}

static void bound(tp_pool_t *pool) {
  const tp_task_t task = {.size = sizeof task, .fn = nothing};
  const tp_job_options_t if_room = {.size = sizeof if_room, .flags = TP_JOB_TRY};
  tp_result_t *result;
  CHECK(tp_pool_set_max_pending(pool, 1) == TP_OK);
  CHECK(tp_pool_pause(pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, &if_room, &result) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, &if_room, NULL) == TP_EAGAIN);

  CHECK(tp_result_cancel_pending(result) == 1); /* it had not started */
  CHECK(tp_result_get(result, TP_FOREVER, NULL) == TP_ECANCELED);
  tp_result_release(result);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_set_max_pending(pool, 0) == TP_OK); /* no bound */
}

/* EXAMPLE of tp_promise_fail */
static void failed_promise(tp_pool_t *pool) {
  const tp_task_t shape = {.size = sizeof shape, .value_size = sizeof(int)};
  tp_promise_t *promise;
  tp_result_t *result;
  CHECK(tp_promise_create(pool, &shape, &promise, &result) == TP_OK);
  CHECK(tp_promise_fail(promise, 404, "not found", NULL, NULL) == TP_OK);
  tp_promise_release(promise);

  CHECK(tp_result_get(result, TP_FOREVER, NULL) == TP_ETASK);
  CHECK(tp_error_code(tp_result_error(result)) == 404);
  tp_result_release(result);
}

/* EXAMPLE of tp_result_push, tp_result_push_end */
static int negate(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = -*(const int *)item;
  return 0;
}

static void fed_stream(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(negate, NULL, int, int);
  int value, sum = 0;
  tp_result_t *stream;
  CHECK(tp_pool_imap(pool, &task, NULL, NULL, NULL, &stream) == TP_OK); /* no source */
  for (int number = 1; number <= 3; ++number)
    CHECK(tp_result_push(stream, &number, TP_FOREVER) == TP_OK);
  CHECK(tp_result_push_end(stream) == TP_OK);

  while (tp_result_next(stream, TP_FOREVER, &value) == TP_OK) sum += value;
  CHECK(sum == -6);
  tp_result_release(stream);
}

/* EXAMPLE of tp_result_retain, tp_wait_any */
static int twice(void *ctx, const void *item, void *value) {
  (void)ctx;
  *(int *)value = 2 * *(const int *)item;
  return 0;
}

static void first_of_two(tp_pool_t *pool) {
  const tp_task_t task = TP_TASK(twice, NULL, int, int);
  const int numbers[] = {1, 2};
  tp_result_t *results[2], *first;
  size_t index;
  void *value;
  for (int i = 0; i < 2; ++i)
    CHECK(tp_pool_apply_async(pool, &task, &numbers[i], NULL, &results[i]) == TP_OK);

  CHECK(tp_wait_any(results, 2, TP_FOREVER, &index) == TP_OK);
  first = tp_result_retain(results[index]); /* two owners */
  for (int i = 0; i < 2; ++i) tp_result_release(results[i]);

  CHECK(tp_result_get(first, 0, &value) == TP_OK);
  CHECK(*(int *)value == 2 * numbers[index]);
  tp_result_release(first);
}

/* EXAMPLE of tp_task_confirm, tp_worker_enter */
static int dispatch(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  *(int *)ctx = 1; /* here a host calls a function of its language */
  return tp_task_confirm();
}

static void own_thread(void) {
  const tp_pool_options_t options = {
      .size = sizeof options, .workers = 1, .flags = TP_POOL_NO_THREADS};
  int has_run = 0;
  const tp_task_t task = {.size = sizeof task, .ctx = &has_run, .flags = TP_TASK_CONFIRM};
  tp_pool_t *pool;
  tp_result_t *result;
  size_t ran;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &result) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);

  CHECK(tp_worker_enter(pool, dispatch, TP_FOREVER, &ran) == TP_END); /* all is done */
  CHECK(ran == 1 && has_run && tp_result_successful(result) == 1);
  tp_result_release(result);
  tp_pool_destroy(pool);
}

/* EXAMPLE of tp_worker_index, tp_worker_pool */
static int whoami(void *ctx, const void *item, void *value) {
  (void)item;
  CHECK(tp_worker_pool() == ctx);
  *(int *)value = tp_worker_index();
  return 0;
}

static void workers(tp_pool_t *pool) {
  const tp_task_t task = {
      .size = sizeof task, .fn = whoami, .ctx = pool, .value_size = sizeof(int)};
  size_t n;
  int index;
  CHECK(tp_pool_workers(pool, &n) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, &index) == TP_OK);
  CHECK(index >= 0 && (size_t)index < n);
  CHECK(tp_worker_index() == -1 && tp_worker_pool() == NULL); /* this thread is no worker */
}

int main(void) {
  tp_pool_t *pool;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  map(pool);
  one_call(pool);
  map_later(pool);
  streams(pool);
  loop(pool);
  native_calls(pool);
  native_jobs(pool);
  failure(pool);
  paused_group(pool);
  bound(pool);
  failed_promise(pool);
  fed_stream(pool);
  first_of_two(pool);
  own_thread();
  workers(pool);
  tp_pool_destroy(pool);
  return 0;
}
