// SPDX-License-Identifier: MIT
// Stage 6: what has been counted; from queue/producer and worker/totals, to tp_pool_stats.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/platform.h"
#include "result/call_scope.h"

namespace tp::core {

/// The counters of one worker, of the calls that one producer's thread runs inline, or of all other threads together.
struct alignas(kCacheLine) Counters : Hands {
  using Counter = std::atomic<std::uint64_t>;
  // what tasks write, in the line of Hands
  Counter plain{0};      // tasks without a Job that succeeded, of one item each
  Counter ended{0};      // other jobs, once no thread will touch the pool for them
  Counter completed{0};  // other jobs, just before they are ready
  Counter items{0};      // items run
  Counter running{0};    // items that run now
  Counter pulled{0};     // items that streams have pulled
  Counter cut{0};        // items ended without a run
  Counter failed{0}, cancelled{0}, timed_out{0};
  Counter telling{0};  // jobs whose done callbacks run now
  Counter steals{0}, parks{0}, callbacks{0};

  /// REQUIRES: only the calling thread writes the counter.
  static void add(Counter& counter, std::uint64_t count) noexcept {
    // release pairs with the sums of Totals
    counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }
};

}  // namespace tp::core
