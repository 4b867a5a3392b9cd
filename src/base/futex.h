// SPDX-License-Identifier: MIT
// Blocks on a 32-bit word. Every wait of the library ends up here. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace tp::core {

/// Sleeps while word == expected. Returns false if the deadline passed; may return true early.
bool futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                Deadline deadline) noexcept;

/// Wakes at most count sleepers. Uses only the address: the word may be gone.
void futex_wake(std::atomic<std::uint32_t>& word, int count) noexcept;

}  // namespace tp::core
