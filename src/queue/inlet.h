// SPDX-License-Identifier: MIT
// Stage 4: one thread's lane in one pool, and its counts of jobs; from submit/*, to queue/lane.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "queue/entry.h"
#include "queue/lane.h"
#include "result/tally.h"

namespace tp::core {

/// Made at a thread's first submit; once that thread has ended, for another one. The pool and the thread own it.
struct Inlet {
  Inlet(std::uint64_t pool_serial, bool is_shared, Level of = Level::normal) noexcept
      : pool(pool_serial), shared(is_shared), level(of), refs(is_shared ? 1 : 2) {}

  /// Runs what only the producer may do.
  template <class Call>
  auto exclusively(Call call) noexcept -> decltype(call()) {
    if (!shared) return call();
    Lock lock(producers);
    return call();
  }

  /// Counts calls that may touch the pool. Behind the last one the pool may go, and so may a shared inlet.
  void count_inside(std::uint64_t change) noexcept {
    if (shared)
      inside.fetch_add(change);
    else
      Tally::add(inside, change);
  }

  void unref() noexcept {
    // acq_rel: the last owner sees what the other wrote
    if (refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  const std::uint64_t pool;
  const bool shared;  // by all threads, under producers, for an exact order
  Lane<Entry> lane;
  /// Jobs admitted here, written by the producer. It takes back a job that it refuses at the last moment.
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> items{0};  // known items of these
  Tally tally;                          // of what its thread has run in its own calls
  std::atomic<std::uint64_t> inside{0};
  std::atomic<bool> taken{true};  // by a living thread
  std::atomic<bool> dead{false};  // its pool is gone
  const Level level;              // here, where next is read
  std::atomic<std::uint32_t> refs;
  Inlet* next = nullptr;       // of the pool's; constant once published
  Inlet* next_mine = nullptr;  // of the thread's
  Mutex producers;
};

/// The calling thread's inlets; first comes the one that it used last.
TP_HOT extern thread_local constinit Inlet* my_inlets;

Inlet* look_up_inlet(std::uint64_t pool) noexcept;

/// The calling thread's inlet of the pool; nullptr when it has none yet.
inline Inlet* find_inlet(std::uint64_t pool) noexcept {
  Inlet* const last = my_inlets;
  return last && last->pool == pool ? last : look_up_inlet(pool);
}
/// Gives the inlet, with one reference, to the calling thread. False without memory.
bool keep_inlet(Inlet& inlet) noexcept;

}  // namespace tp::core
