// SPDX-License-Identifier: MIT
// What the library keeps for a thread beside a few words of static TLS, and what is to be done at the
// thread's end. Stage: base, used by all.
#pragma once

#include <cstdlib>
#include <new>
#include <type_traits>

#include "base/platform.h"

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

/// What is too large, or too seldom used, for static TLS: a library that is loaded late gets little
/// of it, and all of them together get about 1.6 KiB.
enum class PerThread : unsigned { last_error, costs, track, stack };
inline constexpr unsigned kPerThread = 4;

/// What the calling thread keeps, nullptr each at first; nullptr before the first and after the last.
TP_HOT extern thread_local constinit void** kept_by_thread;

/// Where the calling thread keeps it; nullptr without memory.
void** per_thread_slot(PerThread what) noexcept;

/// The calling thread's T, made as T{} when it is first asked for; nullptr without memory. It is freed
/// after the thread's last clean-up.
template <class T>
T* per_thread(PerThread what) noexcept {
  static_assert(std::is_trivially_destructible_v<T>);
  void** const slot =
      kept_by_thread ? kept_by_thread + static_cast<unsigned>(what) : per_thread_slot(what);
  if (!slot) return nullptr;
  if (!*slot)
    if (void* const memory = std::malloc(sizeof(T))) *slot = new (memory) T{};
  return static_cast<T*>(*slot);
}

}  // namespace tp::core
