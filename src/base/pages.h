// SPDX-License-Identifier: MIT
// Memory straight from the system, which goes back to it at once. Stage: base, used by all.
#pragma once

#include <sys/mman.h>

#include <cstddef>

namespace tp::core {

/// Zeroed memory in whole pages, or nullptr. touch: all of it will be used soon, so that one call
/// may do for its page faults.
inline void* map_pages(std::size_t bytes, bool touch) noexcept {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (touch ? MAP_POPULATE : 0);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

inline void unmap_pages(void* memory, std::size_t bytes) noexcept { munmap(memory, bytes); }

}  // namespace tp::core
