// SPDX-License-Identifier: MIT
// Stage 6: one call of user code: who runs what on this thread, and every way out of it.
// From queue/*, to result/job.
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include "base/platform.h"
#include "base/unwind.h"
#include "result/error.h"
#include "result/stand_in.h"
#include "tpool/task.h"

namespace tp::core {

class Job;
class Owner;
struct Tally;

/// What the calling thread is to its pool, if it is a worker.
struct Identity {
  Owner* owner = nullptr;
  int index = -1;
  Tally* tally = nullptr;         // what it counts
  tp_task_fn dispatch = nullptr;  // runs tasks without a function
};
TP_HOT extern thread_local constinit Identity this_worker;

/// A record on the stack for each call of user code, innermost first: what tp_task_set_error,
/// tp_task_stop_requested and the checks for self-waits look at. The owning thread's alone, but for
/// the fields that result/wait reads while the thread is blocked.
class Frame {
 public:
  enum class Kind : std::uint8_t { task, source, callback, initializer, hook };

  Frame(Kind kind, Owner* owner, Job* job) noexcept
      : kind_(kind), owner_(owner), job_(job), outer_(current_) {
    current_ = this;
  }
  ~Frame() noexcept(false) {
    current_ = outer_;
    cause_.drop();
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  static Frame* current() noexcept { return current_; }
  /// The calling thread stands in for the one whose frame this is, which waits.
  static void stand_on(Frame* frame) noexcept { current_ = frame; }
  /// Whether this thread runs user code of the pool.
  static bool inside(const Owner* owner) noexcept;
  /// Whether this thread runs user code of the job.
  static bool inside(const Job* job) noexcept;
  /// Whether this thread runs a callback of the pool.
  static bool inside_callback(const Owner* owner) noexcept { return callbacks(owner) != 0; }
  /// How many callbacks of the pool it runs, one inside the other.
  static std::size_t callbacks(const Owner* owner) noexcept;
  /// The innermost call of user code of the pool on this thread; nullptr when there is none.
  static const Frame* innermost(const Owner* owner) noexcept;

  Kind kind() const noexcept { return kind_; }
  Owner* owner() const noexcept { return owner_; }
  Job* job() const noexcept { return job_; }
  Frame* outer() const noexcept { return outer_; }
  bool takes_errors() const noexcept { return kind_ != Kind::hook; }

  /// tp_task_confirm.
  void confirm() noexcept { confirmed_ = true; }
  bool take_confirmation() noexcept { return std::exchange(confirmed_, false); }

  /// tp_task_set_error. Replaces an earlier cause.
  int set_cause(const char* message, void* payload, void (*payload_drop)(void*));
  bool has_cause() const noexcept { return set_; }
  Cause take_cause() noexcept;
  void drop_cause() {
    if (has_cause()) take_cause().drop();
  }

 private:
  TP_HOT static thread_local constinit Frame* current_;
  Kind kind_;
  bool set_ = false;
  bool confirmed_ = false;
  Owner* owner_;
  Job* job_;
  Frame* outer_;
  Cause cause_;
};

/// A task's function and how it is to be called.
struct Function {
  tp_task_fn fn;  // nullptr: the worker's own
  bool confirms;

  Function(tp_task_fn task_fn, bool needs_confirmation) noexcept
      : fn(task_fn), confirms(needs_confirmation) {}
  explicit Function(const tp_task_t& task) noexcept
      : Function(task.fn, task.flags & TP_TASK_CONFIRM) {}

  /// Runs one item inside frame: the task's code, or another one where it could not or did not.
  int operator()(Frame& frame, void* ctx, const void* item, void* value) const {
    if (!fn || confirms) return call_hosted(frame, ctx, item, value);
    const int code = fn(ctx, item, value);
    if (code == 0) frame.drop_cause();
    return code;
  }

 private:
  int call_hosted(Frame& frame, void* ctx, const void* item, void* value) const;
};

/// How a call of user code ended.
struct Verdict {
  int status;  // TP_OK or TP_ETASK
  int code;    // what the user returned; 0 when it threw
};

/// Calls user code inside frame. A C++ exception becomes TP_ETASK with its what(). If the thread is
/// ended from inside, lost() runs on the way.
template <class Call, class Lost>
Verdict call_user(Frame& frame, Call call, Lost lost) {
  OnUnwind on_lost(std::move(lost));
  Verdict verdict{TP_ETASK, 0};
  try {
    const int code = call();
    verdict = {code ? TP_ETASK : TP_OK, code};
  } catch (const std::exception& error) {
    frame.set_cause(error.what(), nullptr, nullptr);
  } catch (...) {
    if (ends_thread()) throw;
  }
  on_lost.dismiss();
  return verdict;
}

/// Calls a drop hook. It has nobody to tell of a C++ exception. On a thread that is being ended it is
/// called elsewhere, for it may end its thread, too.
template <class Arg>
void call_hook(void (*hook)(Arg*), Arg* arg) {
  if (!hook) return;
  if (thread_ending)
    return call_elsewhere([&] {
      if (auto* const once = std::exchange(hook, nullptr)) call_hook(once, arg);
    });
  try {
    hook(arg);
  } catch (...) {
    if (!ends_thread()) return;
    thread_ending = true;
    throw;
  }
}

}  // namespace tp::core
