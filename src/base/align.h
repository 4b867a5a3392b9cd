// SPDX-License-Identifier: MIT
// Sizes of trailing storage, checked. Stage: base, used by all.
#pragma once

#include <bit>
#include <cstddef>

namespace tp::core {

/// An alignment that will do for any object of so many bytes, and for whatever fits into its front.
constexpr std::size_t alignment_of(std::size_t bytes) noexcept {
  return bytes < alignof(std::max_align_t) ? std::bit_floor(bytes | 1) : alignof(std::max_align_t);
}

/// Where an object of so many bytes can be placed behind `at` others; false when it overflows.
inline bool place(std::size_t at, std::size_t bytes, std::size_t& begin,
                  std::size_t& end) noexcept {
  const std::size_t mask = alignment_of(bytes) - 1;
  begin = (at + mask) & ~mask;
  return begin >= at && !__builtin_add_overflow(begin, bytes, &end);
}

/// bytes rounded up to the alignment of any item or value.
constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
}

/// sum = aligned(at + bytes); false when it overflows.
inline bool add_aligned(std::size_t at, std::size_t bytes, std::size_t& sum) noexcept {
  if (__builtin_add_overflow(at, bytes, &sum) ||
      __builtin_add_overflow(sum, alignof(std::max_align_t) - 1, &sum))
    return false;
  sum &= ~(alignof(std::max_align_t) - 1);
  return true;
}

}  // namespace tp::core
