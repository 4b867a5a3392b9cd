// SPDX-License-Identifier: MIT
// Waits a little, first without the kernel. Stage: base, used by all.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/futex.h"
#include "base/platform.h"

namespace tp::core {

constexpr std::uint64_t kSpinNs = 10'000;  // the knee that libuv #5233 measured

/// Looks again and again for about ns nanoseconds whether condition() holds.
/// A look may take a cache line from the thread that writes it, so there are some pauses between two looks.
template <class Condition>
bool spin(int pauses, Condition condition, std::uint64_t ns = kSpinNs) noexcept {
  constexpr int kPauses = 16;  // between two looks at the clock, which is as slow
  for (const std::uint64_t end = now_ns() + ns; now_ns() < end;) {
    for (int i = 0; i < kPauses; i += pauses) {
      if (condition()) return true;
      for (int pause = 0; pause < pauses; ++pause) cpu_relax();
    }
  }
  return condition();
}

/// Waits for something that another thread does in a few steps, even if that thread is not running now.
template <class Condition>
void wait_briefly(Condition condition) noexcept {
  if (spin(1, condition)) return;
  std::atomic<std::uint32_t> nobody{0};
  for (double pause = 1e-6; !condition(); pause = std::min(2 * pause, 1e-4))
    futex_wait(nobody, 0, Deadline::in(pause));  // sleeps: the other may have a lower priority
}

}  // namespace tp::core
