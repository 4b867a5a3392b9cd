// SPDX-License-Identifier: MIT
// Threads of a pool run no signal handlers. Stage: base, used by worker.
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

}  // namespace tp::core
