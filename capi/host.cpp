// SPDX-License-Identifier: MIT
// Stage 2: what hosts get; from include/tpool, to src/worker/pool and src/result/frame.
#include "tpool/host.h"

#include "handles.h"

using namespace tp::core;
using namespace tp::capi;

extern "C" {

int tp_worker_enter(tp_pool_t* pool, tp_task_fn dispatch, double timeout, size_t* ran) {
  if (const int status = check(pool); status != TP_OK) return status;
  Pool& entered = *to_pool(pool);
  if (!is_timeout(timeout) || !entered.is_hosted()) return TP_EINVAL;
  if (Frame::inside(&entered) || this_thread.owner == &entered) return TP_EDEADLK;
  size_t count = 0;
  const int status = seen(entered, entered.workers().enter(dispatch, Deadline::in(timeout), count));
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_task_confirm(void) {
  Frame* const frame = Frame::current();
  if (!frame || frame->kind() != Frame::Kind::task) return TP_EINVAL;
  frame->confirm();
  return TP_OK;
}

int tp_pool_run_callbacks(tp_pool_t* pool, double timeout, size_t* ran) {
  if (const int status = check(pool); status != TP_OK) return status;
  if (!is_timeout(timeout)) return TP_EINVAL;
  size_t count = 0;
  const int status = to_pool(pool)->run_callbacks(Deadline::in(timeout), count);
  seen(*to_pool(pool), status);
  if (ran && status >= 0) *ran = count;
  return status;
}

int tp_pool_fd(tp_pool_t* pool, int* fd) {
  if (!fd) return TP_EINVAL;
  *fd = -1;
  if (const int status = check(pool); status != TP_OK) return status;
  if (!to_pool(pool)->callbacks().is_manual()) return TP_EINVAL;
  *fd = to_pool(pool)->callbacks().fd();
  return *fd < 0 ? TP_EAGAIN : TP_OK;
}

}  // extern "C"
