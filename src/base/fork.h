// SPDX-License-Identifier: MIT
// Tells a forked child from the process that made a pool. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

namespace tp::core {

extern std::atomic<std::uint32_t> forks;

/// How many forks led to this process, counted from the first call of watch_forks.
inline std::uint32_t fork_generation() noexcept {
  return forks.load(std::memory_order_relaxed);  // only changes in a single-threaded child
}

/// Installs the counter (pthread_atfork), once. False when the system has no memory for it.
bool watch_forks() noexcept;

/// Registers a function that runs in each child before the user's code does. At most four.
void on_fork_child(void (*reset)()) noexcept;

}  // namespace tp::core
