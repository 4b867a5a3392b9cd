/* SPDX-License-Identifier: MIT */
/* A pool and results in known states, for what looks at them from outside. Waits for the end of its
 * input when all are there. */
#include <stdio.h>
#include <stdlib.h>
#include <tpool/tpool.h>
#include <unistd.h>

enum { workers = 3 };

static int started[2], gate[2];

static int blocked(void *ctx, const void *item, void *value) {
  char byte = 0;
  (void)ctx, (void)item, (void)value;
  if (write(started[1], &byte, 1) != 1) abort();
  return read(gate[0], &byte, 1) == 0 ? 0 : 1; /* until the other end is closed */
}

static int same(void *ctx, const void *item, void *value) {
  (void)ctx;
  return *(int *)value = *(const int *)item, 0;
}

static int bad(void *ctx, const void *item, void *value) {
  (void)ctx, (void)item, (void)value;
  tp_task_set_error("it went wrong", NULL, NULL);
  return 5;
}

static int range(void *ctx, size_t begin, size_t end) {
  (void)ctx, (void)begin, (void)end;
  return 0;
}

static int count_down(void *left, void *item) {
  *(int *)item = *(int *)left;
  return (*(int *)left)-- > 0;
}

static void ok(int status) {
  if (status == TP_OK) return;
  fprintf(stderr, "seen: %s\n", tp_strerror(status));
  exit(1);
}

static tp_pool_t *pool;
static tp_result_t *map, *loop, *failed, *stream, *running, *queued, *promised, *next, *all, *any;
static tp_result_t *const none = NULL;

/* Where the debugger looks at the handles. */
void look(void);
void look(void) {
  (void)none;
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) {
  }
}

int main(void) {
  const tp_pool_options_t options = {.size = sizeof options, .workers = workers, .name = "seen"};
  const tp_task_t copy = TP_TASK(same, NULL, int, int);
  const tp_task_t fails = {.size = sizeof fails, .fn = bad};
  const tp_task_t empty = {.size = sizeof empty};
  const tp_task_t waits = {.size = sizeof waits, .fn = blocked};
  const int items[10] = {0};
  int left = 4;
  char byte;
  tp_promise_t *promise;
  tp_result_t *both[2];
  if (pipe(started) != 0 || pipe(gate) != 0) return 1;
  ok(tp_pool_create(&options, &pool));
  ok(tp_pool_map_async(pool, &copy, items, 10, NULL, &map));
  ok(tp_pool_for_async(pool, range, NULL, 20, NULL, &loop));
  ok(tp_pool_apply_async(pool, &fails, NULL, NULL, &failed));
  ok(tp_pool_imap(pool, &copy, count_down, &left, NULL, &stream));
  ok(tp_pool_wait_idle(pool, TP_FOREVER));
  for (int i = 0; i < workers; ++i) {
    tp_result_release(running);
    ok(tp_pool_apply_async(pool, &waits, NULL, NULL, &running));
    if (read(started[0], &byte, 1) != 1) return 1;
  }
  ok(tp_pool_map_async(pool, &copy, items, 2, NULL, &queued));
  ok(tp_promise_create(pool, &empty, &promise, &promised));
  ok(tp_result_then(promised, &waits, NULL, &next));
  both[0] = map;
  both[1] = promised;
  ok(tp_when_all(both, 2, &all));
  ok(tp_when_any(both, 2, &any));
  look();
  close(gate[1]);
  ok(tp_promise_set(promise, NULL));
  tp_promise_release(promise);
  tp_result_release(promised);
  tp_result_release(next);
  tp_result_release(all);
  tp_result_release(any);
  tp_result_release(running);
  tp_result_release(map);
  tp_result_release(loop);
  tp_result_release(failed);
  tp_result_release(stream);
  tp_result_release(queued);
  tp_pool_destroy(pool);
  return 0;
}
