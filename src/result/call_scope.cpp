// SPDX-License-Identifier: MIT
// Stage 6: call scopes; from queue/*, to result/job.
#include "result/call_scope.h"

#include <cstdlib>
#include <cstring>

#include "result/pool_context.h"

namespace tp::core {

thread_local constinit CallScope* CallScope::current_ = nullptr;

/// User code sees what came before the job. Sources, hooks and callbacks also see what items have done, and items
/// see what a source has done.
void CallScope::follow() const noexcept {
  if (!job_) return;
  order::acquire(job_);
  if (!is_item()) order::acquire(order::ends(job_));
}

void CallScope::precede() const noexcept {
  if (!job_) return;
  order::release(order::ends(job_));
  if (!is_item()) order::release(job_);
}

bool CallScope::inside(const PoolContext* pool) noexcept {
  return this_thread.pool == pool || innermost(pool) || runs_taken_from(pool);
}

bool CallScope::is_cancelled() const noexcept {
  return notes_cancels_ && cancels_ != pool_->cancels();
}

void CallScope::abandon_spawned() {
  if (this_thread.pool) this_thread.pool->abandon_spawned();
}

std::size_t CallScope::callbacks(const PoolContext* pool) noexcept {
  std::size_t count = 0;
  for (const CallScope* scope = current_; scope; scope = scope->outer_)
    count += scope->pool_ == pool && scope->kind_ == Kind::callback;
  return count;
}

int CallScope::set_cause(const char* message, void* payload, void (*payload_drop)(void*)) {
  char* copy = nullptr;
  if (message && !(copy = strdup(message))) return TP_ENOMEM;
  Cause old = std::exchange(cause_, {copy, payload, payload_drop});
  set_ = true;
  if (in_batch_) cause_item_ = item_;
  old.drop();
  return TP_OK;
}

int Function::call_hosted(Function function, CallScope& scope, void* ctx, const void* item,
                          void* value) {
  constexpr int kNotRun = -1;
  const Hands* const worker = this_thread.hands;
  const tp_task_fn run = function.fn ? function.fn : worker ? worker->dispatch : nullptr;
  if (!run) {
    scope.set_cause("the task has no function, and the worker no dispatch", nullptr, nullptr);
    return kNotRun;
  }
  scope.take_confirmation();
  const int code = run(ctx, item, value);
  if (code) return code;
  if (function.confirms && !scope.take_confirmation()) {
    if (!scope.has_cause())
      scope.set_cause("the task returned 0 without tp_task_confirm", nullptr, nullptr);
    return kNotRun;
  }
  scope.drop_cause();
  return 0;
}

}  // namespace tp::core
