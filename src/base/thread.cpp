// SPDX-License-Identifier: MIT
// Threads of a pool. Stage: base, used by worker.
#include "base/thread.h"

#include <csignal>
#include <initializer_list>

namespace tp::core {

sigset_t signals_of_others() noexcept {
  sigset_t all;
  sigfillset(&all);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPROF, SIGVTALRM})
    sigdelset(&all, own);
  return all;
}

bool has_same_signals(const sigset_t& one, const sigset_t& other) noexcept {
  for (int signal = 1; signal < NSIG; ++signal)
    if (sigismember(&one, signal) != sigismember(&other, signal)) return false;
  return true;
}

}  // namespace tp::core
