// SPDX-License-Identifier: MIT
// Starts threads of a pool, which run no signal handlers. Stage: base, used by result and worker.
#pragma once

#include <limits.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <initializer_list>

#include "base/clock.h"

namespace tp::core {

inline void nap(long ns) noexcept {
  const timespec pause{0, ns};
  nanosleep(&pause, nullptr);
}

/// The smallest stack, in bytes, that the system gives a thread.
inline std::size_t least_stack() noexcept {
  return static_cast<std::size_t>(std::max<long>(sysconf(_SC_THREAD_STACK_MIN), PTHREAD_STACK_MIN));
}

/// Calls start(), which returns 0 or an errno, until it is not EAGAIN, for at most 0.2 s: the system may refuse
/// threads for a moment, as oneTBB saw under load (PR 824).
template <class Start>
int start_patiently(Start start) noexcept {
  const Deadline deadline = Deadline::in(0.2);
  for (long pause_ns = 1'000'000;; pause_ns *= 2) {
    const int rc = start();
    if (rc != EAGAIN || deadline.passed()) return rc;
    nap(pause_ns);
  }
}

/// All signals except those that a thread raises itself and those of profilers.
inline sigset_t signals_of_others() noexcept {
  sigset_t all;
  sigfillset(&all);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF, SIGVTALRM})
    sigdelset(&all, own);
  return all;
}

inline bool has_same_signals(const sigset_t& one, const sigset_t& other) noexcept {
  for (int signal = 1; signal < NSIG; ++signal)
    if (sigismember(&one, signal) != sigismember(&other, signal)) return false;
  return true;
}

}  // namespace tp::core
