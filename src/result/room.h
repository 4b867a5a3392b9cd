// SPDX-License-Identifier: MIT
// Stage 6: how many more jobs a pool takes; from submit/entrance, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/waiters.h"

namespace tp::core {

/// Counts the jobs of a bounded pool. Counts nothing in a pool without a bound. Thread-safe.
class Room {
 public:
  /// most: the bound; 0 for none.
  explicit Room(std::size_t most) noexcept : most_(most) {}

  bool is_bounded() const noexcept { return most_ != 0; }
  /// Takes room for one job; false when there is none.
  bool take() noexcept {
    std::size_t taken = taken_.load();
    while (taken < most_)
      if (taken_.compare_exchange_weak(taken, taken + 1)) return true;
    return false;
  }
  /// Takes room for one job even beyond the bound.
  void take_anyway() noexcept { taken_.fetch_add(1); }
  void give_back() noexcept {
    if (!is_bounded()) return;
    taken_.fetch_sub(1);
    waiters_.wake_all();
  }

  const std::atomic<std::size_t>& taken() const noexcept { return taken_; }
  WaitList& waiters() noexcept { return waiters_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_{0};
  WaitList waiters_;
};

}  // namespace tp::core
