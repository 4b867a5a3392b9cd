// SPDX-License-Identifier: MIT
// How threads of a pool are started, and that they run no signal handlers. Stage: base, used by result
// and worker.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/clock.h"

namespace tp::core {

inline void nap(long ns) noexcept {
  const timespec pause{0, ns};
  nanosleep(&pause, nullptr);
}

/// Calls start(), which returns 0 or an errno, again for 0.2 s: pthread_create may be refused for a
/// moment, as oneTBB saw under load (PR 824).
template <class Start>
int start_patiently(Start start) noexcept {
  const Deadline deadline = Deadline::in(0.2);
  for (long pause_ns = 1'000'000;; pause_ns *= 2) {
    const int rc = start();
    if (rc != EAGAIN || deadline.passed()) return rc;
    nap(pause_ns);
  }
}

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
