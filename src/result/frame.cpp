// SPDX-License-Identifier: MIT
// Stage 6: frames and this thread's parker; from queue/*, to result/job.
#include "result/frame.h"

#include <cstdlib>
#include <cstring>

#include "result/pool_context.h"
#include "result/waiters.h"

namespace tp::core {

thread_local constinit ThisThread this_thread;
thread_local constinit Frame* Frame::current_ = nullptr;

Parker& this_parker() noexcept {
  TP_HOT static thread_local constinit Parker parker;
  return parker;
}

bool Frame::inside(const PoolContext* owner) noexcept {
  if (this_thread.owner == owner) return true;
  for (const Frame* frame = current_; frame; frame = frame->outer_)
    if (frame->owner_ == owner) return true;
  return false;
}

bool Frame::inside(const Job* job) noexcept {
  for (const Frame* frame = current_; frame; frame = frame->outer_)
    if (frame->job_ == job) return true;
  return false;
}

std::size_t Frame::callbacks(const PoolContext* owner) noexcept {
  std::size_t count = 0;
  for (const Frame* frame = current_; frame; frame = frame->outer_)
    count += frame->owner_ == owner && frame->kind_ == Kind::callback;
  return count;
}

const Frame* Frame::innermost(const PoolContext* owner) noexcept {
  const Frame* frame = current_;
  while (frame && frame->owner_ != owner) frame = frame->outer_;
  return frame;
}

int Frame::set_cause(const char* message, void* payload, void (*payload_drop)(void*)) {
  char* copy = nullptr;
  if (message && !(copy = strdup(message))) return TP_ENOMEM;
  Cause old = cause_;
  cause_ = {copy, payload, payload_drop};
  set_ = true;
  old.drop();
  return TP_OK;
}

Cause Frame::take_cause() noexcept {
  const Cause cause = cause_;
  cause_ = {};
  set_ = false;
  return cause;
}

int Function::call_hosted(Frame& frame, void* ctx, const void* item, void* value) const {
  constexpr int kNotRun = -1;
  const Hands* const worker = this_thread.hands;
  const tp_task_fn run = fn ? fn : worker ? worker->dispatch : nullptr;
  if (!run) {
    frame.set_cause("the task has no function, and the worker no dispatch", nullptr, nullptr);
    return kNotRun;
  }
  frame.take_confirmation();
  const int code = run(ctx, item, value);
  if (code) return code;
  if (confirms && !frame.take_confirmation()) {
    if (!frame.has_cause())
      frame.set_cause("the task returned 0 without tp_task_confirm", nullptr, nullptr);
    return kNotRun;
  }
  frame.drop_cause();
  return 0;
}

}  // namespace tp::core
