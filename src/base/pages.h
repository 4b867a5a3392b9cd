// SPDX-License-Identifier: MIT
// Memory that comes from the system and goes back to it at once. Stage: base, used by all.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace tp::core {

/// Zeroed memory in whole pages, or nullptr. touch: all of it will be used soon, so map it at once.
inline void* map_pages(std::size_t bytes, bool touch) noexcept {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (touch ? MAP_POPULATE : 0);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

inline void unmap_pages(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }

template <class T>
inline constexpr bool kInPages = sizeof(T) >= 16 * 1024;

/// A new T, or nullptr. A large one has its own pages, so that a burst leaves nothing behind. touch: see map_pages.
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
