// SPDX-License-Identifier: MIT
// A thread of a pool: it runs no signal handler and can't be cancelled. Stage: base, used by worker.
#pragma once

#include <pthread.h>

#include <csignal>

namespace tp::core {

/// Blocks all signals, but for those that a thread raises itself, for a scope: a thread that is
/// created in it inherits that.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept;
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t old_;
};

/// Starts a thread whose signals are blocked: 0 or an errno.
int start_thread(pthread_t& thread, void* (*main)(void*), void* arg) noexcept;

}  // namespace tp::core
