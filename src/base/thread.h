// SPDX-License-Identifier: MIT
// Threads of a pool run no signal handlers. Stage: base, used by worker.
#pragma once

#include <pthread.h>

#include <csignal>

namespace tp::core {

/// All signals, but for those that a thread raises itself and those by which profilers look at it.
sigset_t signals_of_others() noexcept;

bool has_same_signals(const sigset_t& one, const sigset_t& other) noexcept;

/// Gives the calling thread another mask of signals for a scope: a thread that is created in it
/// inherits that.
class SignalMask {
 public:
  explicit SignalMask(const sigset_t& mask) noexcept { pthread_sigmask(SIG_SETMASK, &mask, &old_); }
  ~SignalMask() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  SignalMask(const SignalMask&) = delete;
  SignalMask& operator=(const SignalMask&) = delete;

 private:
  sigset_t old_;
};

}  // namespace tp::core
