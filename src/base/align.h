// SPDX-License-Identifier: MIT
// Sizes of trailing storage, checked. Stage: base, used by all.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tp::core {

/// Places an object of this size behind `at` other bytes, aligned for every object that has its size or fits into
/// its front; false if that overflows.
inline bool place(std::size_t at, std::size_t bytes, std::size_t& begin,
                  std::size_t& end) noexcept {
  const std::size_t mask = std::min(std::bit_floor(bytes | 1), alignof(std::max_align_t)) - 1;
  begin = (at + mask) & ~mask;
  return begin >= at && !__builtin_add_overflow(begin, bytes, &end);
}

/// Rounds up to the alignment of any item or value.
constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
}

/// Copies an item. Most are one word, which takes no call.
inline void copy_small(void* to, const void* from, std::size_t bytes) noexcept {
  if (bytes == sizeof(std::uint64_t))
    std::memcpy(to, from, sizeof(std::uint64_t));
  else
    std::memcpy(to, from, bytes);
}

/// sum = aligned(at + bytes); false if that overflows.
inline bool add_aligned(std::size_t at, std::size_t bytes, std::size_t& sum) noexcept {
  std::size_t end = 0;
  if (__builtin_add_overflow(at, bytes, &end)) return false;
  sum = aligned(end);
  return sum >= end;
}

}  // namespace tp::core
