// SPDX-License-Identifier: MIT
// Runs a function in a forked child.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "support/sanitizer.hpp"
#include "support/threads.hpp"

namespace support {

// Forks a child that ends with what the function returns. An alarm ends one that hangs. The bare
// system call ends it without a sanitizer's last look, which would miss the parent's threads.
template <class Function>
pid_t fork_child(Function function) {
  const pid_t child = fork();
  if (child == 0) {
    sigset_t alarms;  // which a worker blocks
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarms, nullptr);
    alarm(60);
    syscall(SYS_exit_group, function());
  }
  return child;
}

// The same once no other thread of the parent runs, if there is a sanitizer: one that runs may have
// locked its allocator, for good in the child.
template <class Function>
pid_t start_child(Function function) {
  if (kSanitized) await_others_asleep();
  return fork_child(std::move(function));
}

// Waits for the child's end: its exit code; -1 when it did not end by itself.
inline int end_of(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

template <class Function>
int in_child(Function function) {
  return end_of(start_child(function));
}

// The same while other threads of the parent run. A sanitizer's allocator, which any of them may
// have locked, would stop the child at its first allocation: there the fork is all that is tested.
template <class Function>
int in_child_of_running(Function function) {
  return end_of(fork_child([&] { return kSanitized ? 0 : function(); }));
}

}  // namespace support
