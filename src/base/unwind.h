// SPDX-License-Identifier: MIT
// Code that must run even if user code ends the thread (pthread_exit). Stage: base, used by all.
#pragma once

#include <exception>
#include <utility>

#include "base/this_thread.h"

namespace tp::core {

/// Runs an action when unwinding leaves the scope, unless dismiss was called. User code that ends the thread
/// unwinds the stack with an exception that nobody may swallow. User code that runs meanwhile must not end
/// the thread again, so actions hand the rest of the work to other threads.
template <class Action>
class ScopeFail {
 public:
  explicit ScopeFail(Action action) : action_(std::move(action)) {}
  ~ScopeFail() noexcept(false) {
    if (!armed_) return;
    this_thread.ending = true;
    action_();
  }
  ScopeFail(const ScopeFail&) = delete;
  ScopeFail& operator=(const ScopeFail&) = delete;

  void dismiss() noexcept { armed_ = false; }

 private:
  Action action_;
  bool armed_ = true;
};

/// Calls body. If user code in it ends the thread, lost() runs on the way out, as a ScopeFail.
template <class Body, class Lost>
void call_or_else(Body body, Lost lost) {
  ScopeFail on_lost(std::move(lost));
  body();
  on_lost.dismiss();
}

extern "C" void tp_core_call(void (*body)(void*), void (*cleanup)(void*), void* arg);

/// Calls body, and cleanup if unwinding leaves body. cleanup may run user code that ends the thread once more:
/// built by GCC, the unwinding then goes on; built by Clang, the process ends.
template <class Body, class Cleanup>
void call_with_cleanup(Body body, Cleanup cleanup) {
  using Both = std::pair<Body, Cleanup>;
  Both both(std::move(body), std::move(cleanup));
  tp_core_call([](void* arg) { static_cast<Both*>(arg)->first(); },
               [](void* arg) { static_cast<Both*>(arg)->second(); }, &both);
}

/// Runs an action at the end of the scope, in whatever way it is left.
template <class Action>
class ScopeExit {
 public:
  explicit ScopeExit(Action action) : action_(std::move(action)) {}
  ~ScopeExit() noexcept(false) { action_(); }
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;

 private:
  Action action_;
};

/// Whether what was caught ends the thread: it is no C++ exception then. REQUIRES: inside catch (...).
inline bool ends_thread() noexcept { return std::current_exception() == nullptr; }

}  // namespace tp::core
