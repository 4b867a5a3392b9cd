// SPDX-License-Identifier: MIT
// Stage 6: what has been counted; from queue/inlet and worker/totals, to tp_pool_stats.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/platform.h"
#include "result/frame.h"

namespace tp::core {

/// The counters of one worker, of what one inlet's thread has run itself, or of all else together.
struct alignas(kCacheLine) Tally : Hands {
  using Counter = std::atomic<std::uint64_t>;
  // what tasks write, in the line of Hands
  Counter plain{0};  // jobs without a Job that went well: ended and completed, with one item each
  Counter ended{0};  // other jobs that are over and will not touch the pool again
  Counter completed{0};  // those, and such as are about to be: first they are counted, then ready
  Counter items{0};      // items run
  Counter running{0};    // items being run now
  Counter pulled{0};     // items that streams have pulled
  Counter cut{0};        // items ended without a run
  Counter failed{0}, cancelled{0}, timed_out{0};
  Counter telling{0};  // jobs whose done callbacks run now
  Counter steals{0}, parks{0}, callbacks{0};

  /// REQUIRES: the calling thread is the only one that writes the counter.
  static void add(Counter& counter, std::uint64_t count) noexcept {
    // release pairs with the sums of Totals
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }
};

}  // namespace tp::core
