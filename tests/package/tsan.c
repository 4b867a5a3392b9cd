/* SPDX-License-Identifier: MIT */
/* A program that is built with ThreadSanitizer, over a library that is not: plain memory of its own passes through
 * every kind of call, and no order is there but what the library promises. Each value is 3 * item. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tpool/tpool.h>

#define CHECK(holds)                                              \
  do {                                                            \
    if (!(holds)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
      exit(1);                                                    \
    }                                                             \
  } while (0)

enum { ROUNDS = 30, N = 200 };

/* An item that points to memory of the submitter, where the task leaves what it has made. */
typedef struct box {
  int *in;
  int *out;
} box;

static int *number(int n) {
  int *const made = malloc(sizeof *made);
  CHECK(made);
  *made = n;
  return made;
}

static int run_box(void *ctx, const void *item, void *value) {
  const box *const b = item;
  *b->out = 3 * *b->in + *(int *)ctx;
  if (value) *(int **)value = number(*b->out);
  return 0;
}

static int run_failing(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  tp_task_set_error("no, thank you", number(7), free);
  return 5;
}

static void drop_value(void *value) { free(*(int **)value); }
static void drop_int(void *ctx) { ++*(int *)ctx; }

typedef struct tally {
  int calls;
  long sum;
} tally;

/* Callbacks run one at a time. */
static void on_success(void *user, tp_result_t *result) {
  tally *const t = user;
  void *values = NULL;
  CHECK(tp_result_get(result, 0, &values) == TP_OK);
  t->calls++;
  if (values) t->sum += **(int **)values;
}
static void on_failure(void *user, tp_result_t *result) {
  tally *const t = user;
  CHECK(tp_error_message(tp_result_error(result))[0] == 'n');
  t->calls++;
  t->sum += *(int *)tp_error_payload(tp_result_error(result));
}
static void on_done(void *user, tp_result_t *result) {
  (void)result;
  *(int *)user += 1;
}

typedef struct numbers {
  int next, end;
  int *boxes; /* made as they are asked for */
} numbers;

static int pull(void *ctx, void *item) {
  numbers *const from = ctx;
  if (from->next == from->end) return 0;
  from->boxes[from->next] = from->next;
  ((box *)item)->in = ((box *)item)->out = &from->boxes[from->next++];
  return 1;
}

static int run_range(void *ctx, size_t begin, size_t end) {
  int *const all = ctx;
  for (size_t i = begin; i < end; ++i) all[i] *= 3;
  return 0;
}

static tp_task_t boxes(int *zero) {
  tp_task_t task = {.size = sizeof task, .fn = run_box, .ctx = zero, .item_size = sizeof(box)};
  return task;
}

static tp_task_t boxes_with_values(int *zero) {
  tp_task_t task = boxes(zero);
  task.value_size = sizeof(int *);
  task.value_drop = drop_value;
  return task;
}

/* Submits N boxes one by one, with the numbers 0 ... N-1 in them. */
static void submit_boxes(tp_pool_t *pool, const tp_task_t *task, const tp_job_options_t *options, int *in, int *out,
                         tp_result_t **results) {
  for (int i = 0; i < N; ++i) {
    const box b = {&in[i], &out[i]};
    in[i] = i;
    CHECK(tp_pool_apply_async(pool, task, &b, options, results ? &results[i] : NULL) == TP_OK);
  }
}

static void forgotten(tp_pool_t *pool) {
  int zero = 0, in[N], out[N];
  const tp_task_t task = boxes(&zero);
  tp_pool_stats_t stats = {.size = sizeof stats};
  submit_boxes(pool, &task, NULL, in, out, NULL);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(out[i] == 3 * i);
  CHECK(tp_pool_stats(pool, &stats) == TP_OK && stats.completed == stats.submitted);
}

static void small_tasks(tp_pool_t *pool) {
  int counts[N];
  for (int i = 0; i < N; ++i) {
    const tp_task_t task = {.size = sizeof task, .fn = run_failing, .ctx = &counts[i]};
    counts[i] = 0;
    CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK);
  }
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i < N; ++i) counts[i]++;
}

static int inc(void *ctx, const void *item, void *value) {
  (void)value;
  *(int *)ctx += item ? *(const int *)item : 1;
  return 0;
}
static void small_counts(tp_pool_t *pool) {
  static int counts[N];
  for (int i = 0; i < N; ++i) {
    const tp_task_t task = {.size = sizeof task, .fn = inc, .ctx = &counts[i], .item_size = sizeof(int)};
    counts[i] = 1;
    CHECK(tp_pool_apply_async(pool, &task, &i, NULL, NULL) == TP_OK);
  }
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(counts[i] == i + 1);
}

static void results(tp_pool_t *pool) {
  int zero = 0, in[N], out[N], told[N];
  tp_result_t *all[N];
  const tp_task_t task = boxes_with_values(&zero);
  submit_boxes(pool, &task, NULL, in, out, all);
  for (int i = 0; i < N; i += 3) {
    told[i] = 0;
    CHECK(tp_result_add_done_callback(all[i], on_done, &told[i]) == TP_OK);
  }
  for (int i = 0; i < N; ++i) {
    void *values = NULL;
    size_t index = 0;
    if (i % 4 == 0) CHECK(tp_wait_any(&all[i], 1, TP_FOREVER, &index) == TP_OK);
    if (i % 4 == 1) CHECK(tp_wait_all(&all[i], 1, TP_FOREVER) == TP_OK);
    if (i % 4 == 2)
      while (!tp_result_ready(all[i])) continue;
    if (i % 4 != 3) CHECK(out[i] == 3 * i);
    CHECK(tp_result_get(all[i], TP_FOREVER, &values) == TP_OK);
    CHECK(**(int **)values == 3 * i);
    **(int **)values = 0;
    tp_result_release(all[i]);
  }
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  for (int i = 0; i < N; i += 3) CHECK(told[i] == 1);
}

static int sum_up(void *ctx, size_t begin, size_t end, void *partial) {
  const int *all = ctx;
  for (size_t i = begin; i < end; ++i) *(int *)partial += all[i];
  return 0;
}

static int add(void *ctx, void *into, void *from) {
  (void)ctx;
  *(int *)into += *(int *)from;
  return *(int *)from = 0;
}

static void reducing(tp_pool_t *pool) {
  int all[N], zero = 0, sum = 0;
  const tp_reduce_t reduce = {sizeof reduce, sum_up, add, all, &zero, sizeof zero};
  for (size_t chunksize = 0; chunksize < 20; chunksize += 3) {
    const tp_job_options_t options = {.size = sizeof options, .chunksize = chunksize};
    for (int i = 0; i < N; ++i) all[i] = i;
    CHECK(tp_pool_reduce(pool, &reduce, N, &options, &sum) == TP_OK && sum == N / 2 * (N - 1));
  }
}

static void blocking(tp_pool_t *pool) {
  int zero = 0, in[N], out[N], *values[N], all[N];
  box items[N];
  tp_task_t task = boxes(&zero);
  for (int i = 0; i < N; ++i) in[i] = all[i] = i, items[i].in = &in[i], items[i].out = &out[i];
  CHECK(tp_pool_apply(pool, &task, &items[1], NULL) == TP_OK && out[1] == 3);
  task.value_size = sizeof(int *);
  CHECK(tp_pool_map(pool, &task, items, values, N, NULL) == TP_OK);
  for (int i = 0; i < N; ++i) {
    CHECK(out[i] == 3 * i && *values[i] == 3 * i);
    free(values[i]);
  }
  CHECK(tp_pool_for(pool, run_range, all, N, NULL) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(all[i] == 3 * i);
  reducing(pool);
}

static void maps(tp_pool_t *pool) {
  int zero = 0, in[N], out[N], all[N];
  box items[N];
  tally t = {0, 0};
  tp_result_t *result, *range;
  const tp_task_t task = boxes_with_values(&zero);
  const tp_job_options_t options = {.size = sizeof options, .callback = on_success, .user = &t};
  for (int i = 0; i < N; ++i) in[i] = all[i] = i, items[i].in = &in[i], items[i].out = &out[i];
  CHECK(tp_pool_map_async(pool, &task, items, N, &options, &result) == TP_OK);
  CHECK(tp_pool_for_async(pool, run_range, all, N, NULL, &range) == TP_OK);
  void *values = NULL;
  CHECK(tp_result_get(result, TP_FOREVER, &values) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(*((int **)values)[i] == 3 * i);
  CHECK(t.calls == 1);
  CHECK(tp_result_wait(range, TP_FOREVER) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(all[i] == 3 * i);
  tp_result_release(result);
  tp_result_release(range);
}

static void callbacks(tp_pool_t *pool) {
  static tally t;
  int zero = 0, in[N], out[N], dropped = 0;
  const tp_task_t task = boxes_with_values(&zero);
  const tp_task_t failing = {.size = sizeof failing, .fn = run_failing, .ctx = &dropped, .ctx_drop = drop_int};
  const tp_job_options_t options = {
      .size = sizeof options, .callback = on_success, .error_callback = on_failure, .user = &t};
  t.calls = 0;
  submit_boxes(pool, &task, &options, in, out, NULL);
  CHECK(tp_pool_apply_async(pool, &failing, NULL, &options, NULL) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  CHECK(t.calls == N + 1 && dropped == 1);
}

static void streams(tp_pool_t *pool, int ordered, size_t buffersize) {
  int zero = 0, made[N];
  long sum = 0;
  numbers from = {0, N, made};
  tp_result_t *stream;
  const tp_task_t task = boxes_with_values(&zero);
  const tp_job_options_t options = {.size = sizeof options, .buffersize = buffersize};
  CHECK((ordered ? tp_pool_imap : tp_pool_imap_unordered)(pool, &task, pull, &from, &options, &stream) == TP_OK);
  int *value = NULL;
  for (int i = 0; i < N; ++i) {
    if (i == N / 2)
      CHECK(tp_result_next(stream, TP_FOREVER, NULL) == TP_OK);
    else {
      CHECK(tp_result_next(stream, TP_FOREVER, &value) == TP_OK);
      sum += *value;
      free(value);
    }
  }
  CHECK(tp_result_next(stream, TP_FOREVER, &value) == TP_END && sum > 0);
  CHECK(from.next == N);
  tp_result_release(stream);
}

static void abandoned_stream(tp_pool_t *pool) {
  int zero = 0, *const made = malloc(N * sizeof *made);
  numbers from = {0, N, made};
  tp_result_t *stream;
  const tp_task_t task = boxes_with_values(&zero);
  int *value = NULL;
  CHECK(tp_pool_imap(pool, &task, pull, &from, NULL, &stream) == TP_OK);
  CHECK(tp_result_next(stream, TP_FOREVER, &value) == TP_OK);
  free(value);
  CHECK(tp_result_cancel(stream) == TP_OK);
  tp_result_release(stream);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  free(made);
}

static void failures(tp_pool_t *pool) {
  tp_result_t *result;
  const tp_task_t failing = {.size = sizeof failing, .fn = run_failing};
  CHECK(tp_pool_apply_async(pool, &failing, NULL, NULL, &result) == TP_OK);
  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  CHECK(strcmp(tp_error_message(tp_result_error(result)), "no, thank you") == 0);
  CHECK(*(int *)tp_error_payload(tp_result_error(result)) == 7);
  tp_result_release(result);
  CHECK(tp_pool_apply(pool, &failing, NULL, NULL) == TP_ETASK);
  CHECK(*(int *)tp_error_payload(tp_last_error()) == 7);
  tp_clear_error();
}

static void as_completed(tp_pool_t *pool) {
  int zero = 0, in[N], out[N];
  tp_result_t *all[N];
  tp_completed_t *completed;
  size_t index;
  const tp_task_t task = boxes(&zero);
  submit_boxes(pool, &task, NULL, in, out, all);
  CHECK(tp_as_completed(all, N, &completed) == TP_OK);
  while (tp_completed_next(completed, TP_FOREVER, &index) == TP_OK) {
    CHECK(out[index] == 3 * (int)index);
    tp_result_release(all[index]);
  }
  tp_completed_release(completed);
}

static int wait_for_stop(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  while (!tp_task_stop_requested()) continue;
  return *(int *)ctx == 4 ? 0 : 1;
}

static void cancelling(tp_pool_t *pool) {
  int told = 0;
  tp_result_t *result;
  const tp_task_t task = {.size = sizeof task, .fn = wait_for_stop, .ctx = &told};
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, &result) == TP_OK);
  told = 4; /* nobody reads it before it is asked to stop */
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  told = 5;
  tp_result_release(result);
}

static void deadlines(tp_pool_t *pool) {
  int told = 4;
  tp_result_t *result;
  tp_task_t task = {.size = sizeof task, .fn = wait_for_stop, .ctx = &told};
  const tp_job_options_t options = {.size = sizeof options, .deadline = 0.01};
  CHECK(tp_pool_apply_async(pool, &task, NULL, &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  told = 5;
  tp_result_release(result);
}

typedef struct life {
  int made, dropped;
} life;
static int life_begin(void *arg) { return ((life *)arg)->made != 1; }
static void life_drop(void *arg) { ((life *)arg)->dropped = 1; }
static void life_report(void *arg, const tp_error_t *error) {
  (void)arg;
  CHECK(tp_error_message(error)[0] == 'n');
}

/* A pool in all of its life, whose memory is the creator's again when it is gone. */
static void lives(uint32_t flags, int ends) {
  life *const l = malloc(sizeof *l);
  const tp_pool_options_t options = {.size = sizeof options,
                                     .workers = 3,
                                     .initializer = life_begin,
                                     .arg = l,
                                     .arg_drop = life_drop,
                                     .unobserved = life_report,
                                     .flags = flags};
  tp_pool_t *pool;
  *l = (life){.made = 1};
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  forgotten(pool);
  small_tasks(pool);
  failures(pool);
  results(pool);
  CHECK(tp_pool_resize(pool, 1) == TP_OK);
  CHECK(tp_pool_resize(pool, 4) == TP_OK);
  blocking(pool);
  if (ends) {
    CHECK(tp_pool_close(pool) == TP_OK);
    CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  }
  tp_pool_destroy(pool);
  CHECK(l->dropped == 1);
  free(l);
}

static int end_thread(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  ++*(int *)ctx;
  pthread_exit(NULL);
}

static void lost_threads(tp_pool_t *pool) {
  int count = 1;
  const tp_task_t task = {.size = sizeof task, .fn = end_thread, .ctx = &count};
  CHECK(tp_pool_apply(pool, &task, NULL, NULL) == TP_ELOST);
  CHECK(count == 2);
  forgotten(pool);
}

static int destroy_pool(void *ctx, const void *item, void *value) {
  (void)item, (void)value;
  tp_pool_destroy(*(tp_pool_t **)ctx);
  return 0;
}
static void tell_gone(void *arg) { sem_post(arg); }

/* The last worker frees what its own task has destroyed. */
static void orphaned(void) {
  sem_t gone;
  sem_init(&gone, 0, 0);
  const tp_pool_options_t options = {.size = sizeof options, .workers = 3, .arg = &gone, .arg_drop = tell_gone};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  const tp_task_t task = {.size = sizeof task, .fn = destroy_pool, .ctx = &pool};
  forgotten(pool);
  CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK);
  sem_wait(&gone);
  sem_destroy(&gone);
}

static void *serve(void *pool) {
  CHECK(tp_worker_enter(pool, run_box, TP_FOREVER, NULL) == TP_END);
  return NULL;
}

/* Threads and callbacks of the host. */
static void hosted(void) {
  const tp_pool_options_t options = {
      .size = sizeof options, .workers = 2, .flags = TP_POOL_NO_THREADS | TP_POOL_MANUAL_CALLBACKS};
  pthread_t threads[2];
  tp_pool_t *pool;
  tally t = {0, 0};
  int zero = 0, in[N], out[N];
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  for (int i = 0; i < 2; ++i) CHECK(pthread_create(&threads[i], NULL, serve, pool) == 0);
  const tp_job_options_t job = {.size = sizeof job, .callback = on_success, .error_callback = on_failure, .user = &t};
  const tp_task_t task = boxes_with_values(&zero);
  submit_boxes(pool, &task, &job, in, out, NULL);
  while (t.calls < N) CHECK(tp_pool_run_callbacks(pool, TP_FOREVER, NULL) == TP_OK);
  for (int i = 0; i < N; ++i) CHECK(out[i] == 3 * i);
  forgotten(pool);
  results(pool);
  CHECK(tp_pool_close(pool) == TP_OK);
  for (int i = 0; i < 2; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  tp_pool_destroy(pool);
}

/* Many threads of the user's own submit to one pool. */
static void *submit(void *pool) {
  for (int i = 0; i < 3; ++i) results(pool), blocking(pool), streams(pool, i % 2, 0);
  return NULL;
}
static void submitters(tp_pool_t *pool) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) CHECK(pthread_create(&threads[i], NULL, submit, pool) == 0);
  for (int i = 0; i < 3; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
}

/* A race of the program's own, which has to be found still: two tasks at once. */
static int race(void *ctx, const void *item, void *value) {
  static int met; /* both threads are here; relaxed, because it must not order what follows */
  (void)item, (void)value;
  __atomic_fetch_add(&met, 1, __ATOMIC_RELAXED);
  while (__atomic_load_n(&met, __ATOMIC_RELAXED) < 2) sched_yield();
  for (int i = 0; i < 1000; ++i) ++*(volatile int *)ctx;
  return 0;
}
static void races(void) {
  const tp_pool_options_t options = {.size = sizeof options, .workers = 2};
  tp_pool_t *pool;
  int count = 0;
  const tp_task_t task = {.size = sizeof task, .fn = race, .ctx = &count};
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  for (int i = 0; i < 2; ++i) CHECK(tp_pool_apply_async(pool, &task, NULL, NULL, NULL) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  tp_pool_destroy(pool);
}

static void traces(tp_pool_t *pool) {
  CHECK(tp_pool_trace_start(pool, "/dev/null") == TP_OK);
  results(pool);
  blocking(pool);
  CHECK(tp_pool_trace_stop(pool) == TP_OK);
}

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) return races(), 0;
  orphaned();
  hosted();
  for (uint32_t flags = 0; flags <= TP_POOL_CALLER_HELPS; ++flags)
    for (size_t workers = 1; workers <= 4; workers *= 2) {
      const tp_pool_options_t options = {.size = sizeof options, .workers = workers, .flags = flags};
      tp_pool_t *pool;
      CHECK(tp_pool_create(&options, &pool) == TP_OK);
      for (int round = 0; round < ROUNDS; ++round) {
        forgotten(pool);
        small_counts(pool);
        results(pool);
        blocking(pool);
        maps(pool);
        callbacks(pool);
        streams(pool, round % 2, (size_t)round % 5);
        abandoned_stream(pool);
        failures(pool);
        as_completed(pool);
        cancelling(pool);
        if (round % 10 == 0) deadlines(pool), traces(pool), submitters(pool);
        if (round % 10 == 0 && !flags) lost_threads(pool); /* else it may end this thread */
      }
      tp_pool_destroy(pool);
      lives(flags, workers == 2);
    }
  return 0;
}
