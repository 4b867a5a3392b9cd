// SPDX-License-Identifier: MIT
// Memory under Relacy, which finds what is freed twice, or never.
#pragma once

#include <cstddef>

#include "model/cells.hpp"

namespace model {

inline constexpr std::size_t kHeader = 64;  // keeps the alignment of a cache line

/// Blocks that are out.
inline int allocated = 0;

inline void* allocate(std::size_t bytes) {
  ++allocated;
  void* const memory = rl::rl_malloc(kHeader + bytes, RL_INFO);
  *static_cast<std::size_t*>(memory) = bytes;
  return static_cast<char*>(memory) + kHeader;
}

inline void deallocate(void* memory) {
  if (!memory) return;
  --allocated;
  char* const begin = static_cast<char*>(memory) - kHeader;
  cells.release(memory, *reinterpret_cast<std::size_t*>(begin));
  rl::rl_free(begin, RL_INFO);
}

}  // namespace model
