// SPDX-License-Identifier: MIT
// Stage 6: a call of user code on this thread, and every way out of it; from queue/*, to result/job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

#include "base/asymmetric_fence.h"
#include "base/clock.h"
#include "base/order.h"
#include "base/platform.h"
#include "base/this_thread.h"
#include "base/unwind.h"
#include "result/error.h"
#include "result/stand_in.h"
#include "tpool/task.h"

namespace tp::core {

class Job;
class PoolContext;
class Wait;

/// Whether a worker may have claimed work that it has not started: from before the claim until it starts the work, or
/// has put it where others find it. Never full while user code runs. Only the worker's own thread writes it.
struct Hands {
  std::atomic<bool> full{false};
  tp_task_fn dispatch = nullptr;  // the worker's function for tasks without one

  // Pool::advance runs the heavy fence
  [[gnu::always_inline]] void fill() noexcept { light_store(full, true); }
  // pairs with the load of Workers::await_hands
  void empty() noexcept { full.store(false, std::memory_order_release); }
};

/// The calling thread is about to call user code.
inline void start_claimed() noexcept {
  if (this_thread.hands) this_thread.hands->empty();
}

/// A record on the stack for each call of user code, linked from the innermost call outwards. tp_task_set_error,
/// tp_task_stop_requested and the checks for self-waits look at it. Only the owning thread touches it, except that
/// other threads read it while the owner is blocked in a Wait.
class CallScope {
 public:
  /// spawned: a part of a task; at_once: what was spawned outside of tasks (submit/spawn).
  enum class Kind : std::uint8_t { task, spawned, at_once, source, callback, initializer, hook };

  CallScope(Kind kind, PoolContext* pool, Job* job) noexcept
      : kind_(kind), pool_(pool), job_(job), outer_(current_) {
    current_ = this;
    if (!is_item()) start_claimed();  // an item's thread has done so already
    if (order::is_heard()) [[unlikely]]
      follow();
  }
  ~CallScope() noexcept(false) {
    current_ = outer_;
    if (order::is_heard()) [[unlikely]]
      precede();
    drop_cause();
    if (is_lost_) [[unlikely]]
      abandon_spawned();
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

  static CallScope* current() noexcept { return current_; }
  /// For the child of a fork: the calls on this thread go on in the parent.
  static void forget() noexcept { current_ = nullptr; }
  /// The calling thread stands in for the owner of the call scope, which waits.
  static void stand_on(CallScope* scope) noexcept { current_ = scope; }
  /// Whether this thread is a worker of the pool, or runs its user code or an item that was taken from it.
  static bool inside(const PoolContext* pool) noexcept;
  /// Whether this thread runs user code of the job.
  static bool inside(const Job* job) noexcept {
    return find(current_, [job](const CallScope& scope) { return scope.job_ == job; });
  }
  /// How many callbacks of the pool this thread runs, one inside the other.
  static std::size_t callbacks(const PoolContext* pool) noexcept;
  static bool inside_callback(const PoolContext* pool) noexcept { return callbacks(pool) != 0; }
  /// The innermost call of user code of the pool on this thread; nullptr when there is none.
  static const CallScope* innermost(const PoolContext* pool) noexcept {
    return find(current_, [pool](const CallScope& scope) { return scope.pool_ == pool; });
  }
  /// The first call scope from this one outwards for which is_it holds; nullptr when there is none.
  template <class IsIt>
  static const CallScope* find(const CallScope* scope, IsIt is_it) noexcept {
    while (scope && !is_it(*scope)) scope = scope->outer_;
    return scope;
  }

  Kind kind() const noexcept { return kind_; }
  PoolContext* pool() const noexcept { return pool_; }
  Job* job() const noexcept { return job_; }
  CallScope* outer() const noexcept { return outer_; }
  /// Whether it is a task, or a part of one.
  bool is_item() const noexcept { return kind_ <= Kind::spawned; }
  bool takes_errors() const noexcept { return kind_ != Kind::hook; }
  /// Whether the job can't end before this call returns.
  bool holds_up() const noexcept { return job_ && pool_; }
  /// The wait of its thread. REQUIRES: the graph of waits knows it.
  Wait* blocked_by() const noexcept { return blocked_by_; }

  /// User code ends the thread.
  void set_lost() noexcept { is_lost_ = true; }
  /// Nobody will sync what a thread that ends has spawned in the calls around this one, whose frames go next.
  static void abandon_spawned();
  /// An item begins that has so many nanoseconds; 0: no limit.
  void begin_item(std::uint64_t limit_ns) noexcept {
    has_limit_ = limit_ns != 0;
    if (has_limit_) [[unlikely]]
      late_at_ = Deadline::after(limit_ns).ns();
  }
  /// A part of the other's item begins.
  void begin_part(const CallScope& item) noexcept {
    has_limit_ = item.has_limit_;
    if (has_limit_) [[unlikely]]
      late_at_ = item.late_at_;
    if (item.notes_cancels_) note_cancels(item.cancels_);
  }
  /// The count of cancels that the calling thread has read before it claimed the task. Of items of other jobs none is
  /// noted: these jobs are told themselves.
  void note_cancels(std::uint32_t cancels) noexcept {
    notes_cancels_ = true;
    cancels_ = cancels;
  }
  /// Whether all jobs of the pool were cancelled since.
  bool is_cancelled() const noexcept;
  /// Whether the item has had its time.
  bool is_late() const noexcept { return has_limit_ && Deadline::at(late_at_).passed(); }

  /// tp_task_confirm.
  void confirm() noexcept { confirmed_ = true; }
  bool take_confirmation() noexcept { return std::exchange(confirmed_, false); }

  /// tp_task_set_error: replaces an earlier cause.
  int set_cause(const char* message, void* payload, void (*payload_drop)(void*));
  bool has_cause() const noexcept { return set_; }
  /// Of a batch, that of the item that the function is at.
  Cause take_cause() {
    if (in_batch_ && set_ && cause_item_ != item_) drop_cause();
    set_ = false;
    return std::exchange(cause_, {});
  }
  void drop_cause() {
    if (has_cause()) [[unlikely]] {
      set_ = false;
      std::exchange(cause_, {}).drop();
    }
  }

  /// From now on a failure is that of this item of a range.
  void set_item(std::size_t index) noexcept { item_ = index; }
  std::size_t item() const noexcept { return item_; }
  /// The calling thread is about to call a batch function, which keeps here which of its items runs.
  std::size_t& begin_batch() noexcept {
    in_batch_ = true;
    return item_ = 0;
  }

 private:
  void follow() const noexcept;
  void precede() const noexcept;

  TP_HOT static thread_local constinit CallScope* current_;
  Kind kind_;
  bool set_ = false;
  bool confirmed_ = false;
  bool is_lost_ = false;
  bool in_batch_ = false;
  bool has_limit_ = false;
  bool notes_cancels_ = false;
  std::uint32_t cancels_;  // if notes_cancels_
  PoolContext* pool_;
  Job* job_;
  CallScope* outer_;
  Cause cause_;
  std::size_t item_;        // of a batch or a range
  std::size_t cause_item_;  // whose the cause is
  std::uint64_t late_at_;   // if has_limit_

  // While its thread is blocked, the graph of waits has the call scope in a table by its job.
  friend class WaitGraph;
  Wait* blocked_by_;
  CallScope* next_holder_;
  CallScope** holder_link_;
};

/// A task's function and how it is to be called.
struct Function {
  tp_task_fn fn;  // nullptr: the worker's own function
  bool confirms;

  Function(tp_task_fn task_fn, bool needs_confirmation) noexcept
      : fn(task_fn), confirms(needs_confirmation) {}
  explicit Function(const tp_task_t& task) noexcept
      : Function(task.fn, task.flags & TP_TASK_CONFIRM) {}

  /// Runs one item inside the call scope. Returns the task's code, or another one if the task could not run or did not
  /// confirm.
  int operator()(CallScope& scope, void* ctx, const void* item, void* value) const {
    return is_plain() ? call(scope, ctx, item, value) : call_hosted(*this, scope, ctx, item, value);
  }

  bool is_plain() const noexcept { return fn && !confirms; }
  /// The same where the function is plain.
  int call(CallScope& scope, void* ctx, const void* item, void* value) const {
    const int code = fn(ctx, item, value);
    if (code == 0) scope.drop_cause();
    return code;
  }

 private:
  // by value: so a loop keeps the function in registers
  static int call_hosted(Function function, CallScope& scope, void* ctx, const void* item,
                         void* value);
};

/// How a call of user code ended.
struct CallResult {
  int status;  // TP_OK or TP_ETASK
  int code;    // what the user returned; 0 when it threw
};

/// Calls user code inside the call scope. A C++ exception becomes TP_ETASK with its what(). If the call ends the
/// thread, lost() runs on the way.
template <class Call, class Lost = void (*)()>
CallResult call_user(
    CallScope& scope, Call call, Lost lost = [] {}) {
  ScopeFail on_lost([&scope, lost = std::move(lost)]() mutable {
    scope.set_lost();
    lost();
  });
  CallResult result{TP_ETASK, 0};
  try {
    int code = 0;
    if constexpr (std::is_void_v<decltype(call())>)
      call();
    else
      code = call();
    result = {code ? TP_ETASK : TP_OK, code};
  } catch (const std::exception& error) {
    scope.set_cause(error.what(), nullptr, nullptr);
  } catch (...) {
    if (ends_thread()) throw;
  }
  on_lost.dismiss();
  return result;
}

/// Calls a drop hook and swallows its C++ exceptions. If user code is ending this thread, another thread calls the
/// hook, because the hook may end its thread, too.
template <class Arg>
void call_hook(void (*hook)(Arg*), Arg* arg) {
  if (!hook) return;
  if (this_thread.ending)
    return call_elsewhere([&] {
      if (auto* const once = std::exchange(hook, nullptr)) call_hook(once, arg);
    });
  try {
    hook(arg);
  } catch (...) {
    if (!ends_thread()) return;
    this_thread.ending = true;
    CallScope::abandon_spawned();
    throw;
  }
}

}  // namespace tp::core
