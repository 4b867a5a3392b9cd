// SPDX-License-Identifier: MIT
// Runs a function in a forked child.
#ifndef TPOOL_TESTS_SUPPORT_CHILD_HPP
#define TPOOL_TESTS_SUPPORT_CHILD_HPP

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

// Returns the exit code: what the function returned; -1 when the child did not end by itself. An
// alarm ends one that hangs. The bare system call ends it without a sanitizer's last look, which
// would miss the parent's threads.
template <class Function>
int in_child(Function function) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    syscall(SYS_exit_group, function());
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace support

#endif
