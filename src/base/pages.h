// SPDX-License-Identifier: MIT
// Memory straight from the system, which goes back to it at once. Stage: base, used by all.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace tp::core {

/// Zeroed memory in whole pages, or nullptr. touch: all of it will be used soon, so that one call
/// may do for its page faults.
inline void* map_pages(std::size_t bytes, bool touch) noexcept {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (touch ? MAP_POPULATE : 0);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

inline void unmap_pages(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }

template <class T>
inline constexpr bool kInPages = sizeof(T) >= 16 * 1024;

/// A T; a large one is in pages of its own, so that nothing of a burst stays behind. touch: see map_pages.
/// nullptr without memory.
template <class T>
T* make_in_pages(bool touch) noexcept {
  if constexpr (!kInPages<T>) return new (std::nothrow) T;
  void* const memory = map_pages(sizeof(T), touch);
  return memory ? new (memory) T : nullptr;
}
template <class T>
void free_in_pages(T* object) noexcept {
  if (!object) return;
  if constexpr (!kInPages<T>) return delete object;
  object->~T();
  unmap_pages(object, sizeof(T));
}

}  // namespace tp::core
