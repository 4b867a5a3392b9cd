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

static int next(void *left, void *item) {
  *(int *)item = *(int *)left;
  return (*(int *)left)-- > 0;
}

static void ok(int status) {
  if (status == TP_OK) return;
  fprintf(stderr, "seen: %s\n", tp_strerror(status));
  exit(1);
}

/* Where the debugger looks. */
void look(tp_pool_t *pool, tp_result_t *map, tp_result_t *loop, tp_result_t *failed,
          tp_result_t *stream, tp_result_t *running, tp_result_t *queued, tp_result_t *none);
void look(tp_pool_t *pool, tp_result_t *map, tp_result_t *loop, tp_result_t *failed,
          tp_result_t *stream, tp_result_t *running, tp_result_t *queued, tp_result_t *none) {
  (void)pool, (void)map, (void)loop, (void)failed, (void)stream, (void)running, (void)queued;
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
  const tp_task_t waits = {.size = sizeof waits, .fn = blocked};
  const int items[10] = {0};
  int left = 4;
  char byte;
  tp_pool_t *pool;
  tp_result_t *map, *loop, *failed, *stream, *running[workers], *queued;
  if (pipe(started) != 0 || pipe(gate) != 0) return 1;
  ok(tp_pool_create(&options, &pool));
  ok(tp_pool_map_async(pool, &copy, items, 10, NULL, &map));
  ok(tp_pool_for_async(pool, range, NULL, 20, NULL, &loop));
  ok(tp_pool_apply_async(pool, &fails, NULL, NULL, &failed));
  ok(tp_pool_imap(pool, &copy, next, &left, NULL, &stream));
  ok(tp_pool_wait_idle(pool, TP_FOREVER));
  for (int i = 0; i < workers; ++i) {
    ok(tp_pool_apply_async(pool, &waits, NULL, NULL, &running[i]));
    if (read(started[0], &byte, 1) != 1) return 1;
  }
  ok(tp_pool_map_async(pool, &copy, items, 2, NULL, &queued));
  look(pool, map, loop, failed, stream, running[0], queued, NULL);
  close(gate[1]);
  for (int i = 0; i < workers; ++i) tp_result_release(running[i]);
  tp_result_release(map);
  tp_result_release(loop);
  tp_result_release(failed);
  tp_result_release(stream);
  tp_result_release(queued);
  tp_pool_destroy(pool);
  return 0;
}
