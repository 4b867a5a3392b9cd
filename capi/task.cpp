// SPDX-License-Identifier: MIT
// Stage 2: calls for running tasks; from include/tpool, to src/result/call_scope.
#include "result/call_scope.h"

#include "result/job.h"
#include "tpool/host.h"
#include "tpool/task.h"
#include "worker/pool.h"

using namespace tp::core;

extern "C" {

int tp_task_set_error(const char* message, void* payload, void (*payload_drop)(void*)) {
  CallScope* const scope = CallScope::current();
  if (!scope || !scope->takes_errors())
    return refuse(TP_EINVAL, "only a task, callback, source or initializer may call this function");
  return scope->set_cause(message, payload, payload_drop);
}

int tp_task_stop_requested(void) {
  const CallScope* const scope = CallScope::current();
  if (!scope) return 0;
  const bool stopping = scope->job() && scope->job()->stop_requested();
  if (stopping) order::acquire(scope->job());
  const bool terminated = scope->pool() && scope->pool()->cut_status() == TP_ETERMINATED;
  return stopping || terminated || scope->is_late() || scope->is_cancelled();
}

int tp_task_confirm(void) {
  CallScope* const scope = CallScope::current();
  if (!scope || !scope->is_item()) return refuse(TP_EINVAL, "only a task may call this function");
  scope->confirm();
  return TP_OK;
}

int tp_worker_index(void) { return this_thread.index; }

int tp_participant_index(void) {
  const CallScope* const scope = CallScope::current();
  if (!scope || !scope->is_item() || !scope->pool()) return -1;
  const int first_worker = scope->pool()->caller_helps() ? 1 : 0;
  // a thread outside is before the workers
  return this_thread.pool == scope->pool() ? first_worker + this_thread.index : first_worker - 1;
}

tp_pool_t* tp_worker_pool(void) {
  return this_thread.pool ? to_handle(static_cast<Pool*>(this_thread.pool)) : nullptr;
}

}  // extern "C"
