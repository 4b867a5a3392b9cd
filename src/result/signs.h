// SPDX-License-Identifier: MIT
// Stage 6: what workers have to know before they start something; from worker/pool, to worker/worker.
#pragma once

#include <atomic>
#include <cstdint>

namespace tp::core {

/// A byte that workers read before they start something. Threads hardly ever write it. Thread-safe.
class Signs {
 public:
  static constexpr std::uint8_t kPaused = 1, kLeveled = 2, kUnpausable = 4, kShrinking = 8,
                                kSweeping = 16, kTerminated = 32, kBroken = 64;

  /// Whether workers start work in the order of the queues: there is no pause, no level, no surplus worker and no end.
  bool is_plain() const noexcept { return !(word_.load() & ~kUnpausable); }
  /// Whether workers start nothing: the pool pauses, or a thread sweeps.
  bool is_paused() const noexcept { return word_.load() & (kPaused | kSweeping); }
  bool is_sweeping() const noexcept { return word_.load() & kSweeping; }
  bool any(std::uint8_t of) const noexcept { return word_.load() & of; }

  /// Sets and clears bits. Returns the old bits.
  std::uint8_t change(std::uint8_t set, std::uint8_t clear) noexcept {
    std::uint8_t old = word_.load();
    while (!word_.compare_exchange_weak(old, static_cast<std::uint8_t>((old & ~clear) | set))) {
    }
    return old;
  }
  /// Sets bits, unless one of others is set: then false.
  bool set_unless(std::uint8_t set, std::uint8_t others) noexcept {
    std::uint8_t old = word_.load();
    do {
      if (old & others) return false;
    } while (!word_.compare_exchange_weak(old, static_cast<std::uint8_t>(old | set)));
    return true;
  }

 private:
  std::atomic<std::uint8_t> word_{0};
};

}  // namespace tp::core
