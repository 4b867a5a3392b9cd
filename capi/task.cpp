// SPDX-License-Identifier: MIT
// Stage 2: calls for running tasks; from include/tpool, to src/result/frame.
#include "result/frame.h"

#include "result/job.h"
#include "tpool/host.h"
#include "tpool/task.h"
#include "worker/pool.h"

using namespace tp::core;

extern "C" {

int tp_task_set_error(const char* message, void* payload, void (*payload_drop)(void*)) {
  Frame* const frame = Frame::current();
  if (!frame || !frame->takes_errors()) return TP_EINVAL;
  return frame->set_cause(message, payload, payload_drop);
}

int tp_task_stop_requested(void) {
  const Frame* const frame = Frame::current();
  if (!frame) return 0;
  const bool stopping = frame->job() && frame->job()->stop_requested();
  if (stopping) order::acquire(frame->job());
  const bool terminated = frame->owner() && frame->owner()->cut_status() == TP_ETERMINATED;
  return stopping || terminated;
}

int tp_task_confirm(void) {
  Frame* const frame = Frame::current();
  if (!frame || frame->kind() != Frame::Kind::task) return TP_EINVAL;
  frame->confirm();
  return TP_OK;
}

int tp_worker_index(void) { return this_thread.index; }

tp_pool_t* tp_worker_pool(void) {
  return this_thread.owner ? to_handle(static_cast<Pool*>(this_thread.owner)) : nullptr;
}

}  // extern "C"
