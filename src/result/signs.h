// SPDX-License-Identifier: MIT
// Stage 6: what workers have to know before they start something; from worker/pool, to
// worker/worker.
#pragma once

#include <atomic>
#include <cstdint>

namespace tp::core {

/// A byte that workers read before they start something, and that is hardly ever written. Thread-safe.
class Signs {
 public:
  static constexpr std::uint8_t kPaused = 1, kLeveled = 2, kUnpausable = 4, kShrinking = 8,
                                kSweeping = 16, kTerminated = 32, kBroken = 64;

  /// Whether workers start in the order of the queues: no pause, no levels, none that has to leave,
  /// and not the end.
  bool is_plain() const noexcept { return !(word_.load() & ~kUnpausable); }
  /// Whether workers start nothing: for a pause, or because a thread ends what has not started.
  bool is_paused() const noexcept { return word_.load() & (kPaused | kSweeping); }
  bool is_sweeping() const noexcept { return word_.load() & kSweeping; }
  /// Whether one of these is set.
  bool any(std::uint8_t of) const noexcept { return word_.load() & of; }

  /// Sets some and clears others. Returns what was set before.
  std::uint8_t change(std::uint8_t set, std::uint8_t clear) noexcept {
    std::uint8_t old = word_.load();
    while (!word_.compare_exchange_weak(old, static_cast<std::uint8_t>((old & ~clear) | set))) {
    }
    return old;
  }
  /// Sets some, unless one of others is set: then false.
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
