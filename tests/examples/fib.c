/* SPDX-License-Identifier: MIT */
/* Spawn and sync: parallel recursion. Each call spawns one of the two calls that it makes. */
#include "check.h"

#include <tpool/tpool.h>

struct call {
  int n;
  long value;
};

static int fib(void* ctx) {
  struct call* call = ctx;
  if (call->n < 2) {
    call->value = call->n;
    return 0;
  }
  struct call a = {call->n - 1, 0}, b = {call->n - 2, 0};
  tp_spawn_t spawned;
  if (tp_spawn(&spawned, fib, &a) != TP_OK) return 1; /* another worker may run fib(&a) */
  const int failed = fib(&b);
  if (tp_sync(&spawned) != TP_OK) return 1; /* fib(&a) has run now: here, if nobody took it */
  call->value = a.value + b.value;
  return failed;
}

/* Only a worker has somebody to offer its calls to: so the first call is a task. */
static int fib_task(void* ctx, const void* item, void* value) {
  struct call call = {*(const int*)item, 0};
  (void)ctx;
  const int failed = fib(&call);
  *(long*)value = call.value;
  return failed;
}

int main(void) {
  const tp_task_t task = TP_TASK(fib_task, NULL, int, long);
  const int n = 27;
  long value = 0;
  tp_pool_t* pool;

  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, &n, &value) == TP_OK);
  printf("fib(%d) = %ld\n", n, value);
  CHECK(value == 196418);
  tp_pool_destroy(pool);
  return 0;
}
