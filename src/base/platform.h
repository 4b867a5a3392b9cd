// SPDX-License-Identifier: MIT
// What differs between processors. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

inline constexpr std::size_t kCacheLine = 64;

/// Tells the CPU that this thread spins.
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace tp::core
