// SPDX-License-Identifier: MIT
// What differs between processors. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

inline constexpr std::size_t kCacheLine = 64;

// For the few thread-local words that every call reads: spares the call of __tls_get_addr. It puts all
// thread-locals of the library into static TLS, of which a library that is loaded late gets little: they may
// have 64 bytes together (tests/abi). All else that a thread keeps is in base/thread_exit.h.
#define TP_HOT [[gnu::tls_model("initial-exec")]]

/// Tells the CPU that this thread spins.
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace tp::core
