// SPDX-License-Identifier: MIT
// Blocks on a 32-bit word: the one place that talks to the kernel about waiting.
// Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace tp::core {

/// Sleeps while word == expected; returns false once the deadline has passed. May return early.
bool futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                Deadline deadline) noexcept;

/// Wakes up to count sleepers. Touches no memory: word may be gone by now.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

}  // namespace tp::core
