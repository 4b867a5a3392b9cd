// SPDX-License-Identifier: MIT
// Sizes of trailing storage, checked. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

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
