// SPDX-License-Identifier: MIT
// What the library keeps for each thread outside of static TLS, and what it does at a thread's end.
// Stage: base, used by all.
#pragma once

#include <cstdlib>
#include <new>
#include <type_traits>

#include "base/platform.h"

namespace tp::core {

/// A clean-up at the end of one thread; a member of the object that it cleans up. Clean-ups run in reverse
/// order of registration. They run through a pthread key: a C++ thread_local destructor would also run at
/// process exit, when a host's interpreter may be gone.
struct ThreadExit {
  void (*run)(ThreadExit& self) = nullptr;
  ThreadExit* next = nullptr;
};

/// Registers a clean-up for the calling thread. False when the system has no room for it.
bool at_thread_exit(ThreadExit& hook) noexcept;

/// What is too large, or used too seldom, for static TLS: all libraries that are loaded late share about 1.6 KiB of it.
enum class PerThread : unsigned { last_error, costs, track, stack, followers };
inline constexpr unsigned kPerThread = 5;

/// The calling thread's pointers, one for each PerThread; nullptr before the first use and after the last.
TP_HOT extern thread_local constinit void** kept_by_thread;

/// The pointer of the calling thread; nullptr without memory.
void** per_thread_slot(PerThread what) noexcept;

/// The calling thread's T, made by the first call as T{}; nullptr without memory. Freed after the thread's
/// last clean-up.
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

/// The same, if there is one: nullptr before the first call of per_thread.
template <class T>
T* kept_per_thread(PerThread what) noexcept {
  return kept_by_thread ? static_cast<T*>(kept_by_thread[static_cast<unsigned>(what)]) : nullptr;
}

}  // namespace tp::core
