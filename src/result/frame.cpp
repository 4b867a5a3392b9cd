// SPDX-License-Identifier: MIT
// Stage 6: frames; from queue/*, to result/job.
#include "result/frame.h"

#include <cstdlib>
#include <cstring>

#include "result/pool_context.h"

namespace tp::core {

thread_local constinit Frame* Frame::current_ = nullptr;

/// User code sees what came before the job. Sources, hooks and callbacks also see what items have done, and items
/// see what a source has done.
void Frame::follow() const noexcept {
  if (!job_) return;
  order::acquire(job_);
  if (kind_ != Kind::task) order::acquire(order::ends(job_));
}

void Frame::precede() const noexcept {
  if (!job_) return;
  order::release(order::ends(job_));
  if (kind_ != Kind::task) order::release(job_);
}

std::size_t Frame::callbacks(const PoolContext* owner) noexcept {
  std::size_t count = 0;
  for (const Frame* frame = current_; frame; frame = frame->outer_)
    count += frame->owner_ == owner && frame->kind_ == Kind::callback;
  return count;
}

int Frame::set_cause(const char* message, void* payload, void (*payload_drop)(void*)) {
  char* copy = nullptr;
  if (message && !(copy = strdup(message))) return TP_ENOMEM;
  Cause old = std::exchange(cause_, {copy, payload, payload_drop});
  set_ = true;
  old.drop();
  return TP_OK;
}

int Function::call_hosted(Function function, Frame& frame, void* ctx, const void* item,
                          void* value) {
  constexpr int kNotRun = -1;
  const Hands* const worker = this_thread.hands;
  const tp_task_fn run = function.fn ? function.fn : worker ? worker->dispatch : nullptr;
  if (!run) {
    frame.set_cause("the task has no function, and the worker no dispatch", nullptr, nullptr);
    return kNotRun;
  }
  frame.take_confirmation();
  const int code = run(ctx, item, value);
  if (code) return code;
  if (function.confirms && !frame.take_confirmation()) {
    if (!frame.has_cause())
      frame.set_cause("the task returned 0 without tp_task_confirm", nullptr, nullptr);
    return kNotRun;
  }
  frame.drop_cause();
  return 0;
}

}  // namespace tp::core
