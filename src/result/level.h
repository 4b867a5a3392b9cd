// SPDX-License-Identifier: MIT
// Stage 6: which jobs start before others; from submit/*, to worker/worker.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tp::core {

/// First come the urgent ones, last those of the background.
enum class Level : std::uint8_t { urgent, normal, background };

inline constexpr std::size_t kLevels = 3;

constexpr std::size_t index_of(Level level) noexcept { return static_cast<std::size_t>(level); }

}  // namespace tp::core
