/* SPDX-License-Identifier: MIT */
/* libuv's uv_queue_work and uv_cancel over libtpool, for programs that include this in place of <uv.h>. work_cb runs
 * on a worker; after_work_cb in uv_run, on the loop's thread, as a manual callback. */
#ifndef EXAMPLES_UV_WORK_H
#define EXAMPLES_UV_WORK_H

#include <errno.h>
#include <tpool/tpool.h>

#define UV_ECANCELED (-ECANCELED)
#define UV_EBUSY (-EBUSY)
#define UV_ENOMEM (-ENOMEM)

typedef enum { UV_RUN_DEFAULT, UV_RUN_ONCE, UV_RUN_NOWAIT } uv_run_mode;
typedef struct uv_loop_s {
  void* data;
  tp_pool_t* pool;
  unsigned active; /* requests whose after_work_cb has not run */
} uv_loop_t;
typedef struct uv_work_s uv_work_t;
typedef void (*uv_work_cb)(uv_work_t* req);
typedef void (*uv_after_work_cb)(uv_work_t* req, int status);
struct uv_work_s {
  void* data;
  uv_loop_t* loop;
  uv_work_cb work_cb;
  uv_after_work_cb after_work_cb;
  tp_result_t* result;
};
typedef uv_work_t uv_req_t; /* the only kind here */

static inline int uv_loop_init(uv_loop_t* loop) {
  const tp_pool_options_t options = {
      .size = sizeof options, .workers = 4, .flags = TP_POOL_MANUAL_CALLBACKS};
  loop->active = 0;
  return tp_pool_create(&options, &loop->pool) == TP_OK ? 0 : UV_ENOMEM;
}

static inline int uv_loop_close(uv_loop_t* loop) {
  if (loop->active != 0) return UV_EBUSY;
  tp_pool_destroy(loop->pool);
  return 0;
}

static inline int uv_work_run(void* ctx, const void* item, void* value) {
  uv_work_t* req = ctx;
  (void)item, (void)value;
  req->work_cb(req);
  return 0;
}

static inline void uv_work_done(void* user, tp_result_t* result) {
  uv_work_t* req = user;
  const int status = tp_error_status(tp_result_error(result)) == TP_ECANCELED ? UV_ECANCELED : 0;
  --req->loop->active;
  tp_result_release(req->result);
  if (req->after_work_cb != NULL)
    req->after_work_cb(req, status); /* may free req, or queue it again */
}

static inline int uv_queue_work(uv_loop_t* loop, uv_work_t* req, uv_work_cb work_cb,
                                uv_after_work_cb after_work_cb) {
  const tp_task_t task = {.size = sizeof task, .fn = uv_work_run, .ctx = req};
  const tp_job_options_t options = {.size = sizeof options,
                                    .callback = uv_work_done,
                                    .error_callback = uv_work_done,
                                    .user = req};
  req->loop = loop;
  req->work_cb = work_cb;
  req->after_work_cb = after_work_cb;
  if (tp_pool_apply_async(loop->pool, &task, NULL, &options, &req->result) != TP_OK)
    return UV_ENOMEM;
  ++loop->active;
  return 0;
}

/* Only what has not started can be cancelled; after_work_cb then gets UV_ECANCELED. */
static inline int uv_cancel(uv_req_t* req) {
  return tp_result_cancel_pending(req->result) == 1 ? 0 : UV_EBUSY;
}

static inline int uv_run(uv_loop_t* loop, uv_run_mode mode) {
  const double timeout = mode == UV_RUN_NOWAIT ? 0 : TP_FOREVER;
  do {
    if (loop->active != 0) tp_pool_run_callbacks(loop->pool, timeout, NULL);
  } while (mode == UV_RUN_DEFAULT && loop->active != 0);
  return loop->active != 0;
}

#endif
