// SPDX-License-Identifier: MIT
// Stage 5: what has been counted; from worker/worker, to tp_pool_stats.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/platform.h"

namespace tp::core {

/// The counters of one worker, or of all other threads together.
struct alignas(kCacheLine) Tally {
  using Counter = std::atomic<std::uint64_t>;
  Counter ended{0};  // jobs that are over and will not touch the pool again
  Counter completed{0}, failed{0}, cancelled{0};
  Counter items{0}, cut{0};  // items run; items ended without
  Counter running{0};        // items being run now
  Counter steals{0}, parks{0}, callbacks{0};
};

}  // namespace tp::core
