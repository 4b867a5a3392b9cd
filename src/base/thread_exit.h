// SPDX-License-Identifier: MIT
// Runs a clean-up when a thread ends, but not when the process does.
// Stage: base, used by all.
#pragma once

namespace tp::core {

/// One clean-up of one thread; a member of what it cleans up. Runs at the thread's end, in reverse
/// order of registration, through a pthread key: a C++ thread_local destructor would also run at
/// process exit, when a host's interpreter may be gone.
struct ThreadExit {
  void (*run)(ThreadExit& self) = nullptr;
  ThreadExit* next = nullptr;
};

/// Registers for the calling thread. False when the system has no room for it.
bool at_thread_exit(ThreadExit& hook) noexcept;

}  // namespace tp::core
