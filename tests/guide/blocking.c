/* SPDX-License-Identifier: MIT */
/* Guide: what a submit does when the pool's bound is reached. */
#include <stdatomic.h>
#include <tpool/tpool.h>

#include "check.h"

static atomic_int saved = 0;

static int save(void *ctx, const void *item, void *value) { /* waits for a disk */
  (void)ctx, (void)item, (void)value;
  sleep_tenths(0.01);
  atomic_fetch_add(&saved, 1);
  return 0;
}

static int submit(tp_pool_t *pool, const tp_job_options_t *how) {
  const tp_task_t task = {.size = sizeof task, .fn = save};
  return tp_pool_apply_async(pool, &task, NULL, how, NULL);
}

int main(void) {
  const tp_pool_options_t options = {
      .size = sizeof options, .workers = 32, .stack_size = 256 * 1024, .max_pending = 8};
  tp_pool_t *pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  for (int i = 0; i < 100; ++i) CHECK(submit(pool, NULL) == TP_OK); /* waits for room */
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  CHECK(atomic_load(&saved) == 100);

  CHECK(tp_pool_pause(pool) == TP_OK); /* stands for a disk that does not answer */
  for (int i = 0; i < 8; ++i) CHECK(submit(pool, NULL) == TP_OK);

  const tp_job_options_t patient = {.size = sizeof patient, .submit_timeout = 0.01};
  CHECK(submit(pool, &patient) == TP_EAGAIN); /* no room in 10 ms */

  const tp_job_options_t here = {.size = sizeof here, .flags = TP_JOB_CALLER_RUNS};
  CHECK(submit(pool, &here) == TP_OK);
  CHECK(atomic_load(&saved) == 101); /* this thread has run it */

  CHECK(tp_pool_set_max_pending(pool, 9) == TP_OK);
  CHECK(submit(pool, &patient) == TP_OK);

  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  CHECK(atomic_load(&saved) == 110);
  tp_pool_destroy(pool);
  return 0;
}
