// SPDX-License-Identifier: MIT
// Stage 6: how many jobs a group may have; from result/group, to result/room.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "result/room.h"

namespace tp::core {

/// The bound of a group on its pending jobs. A group without a bound counts nothing. Who waits for room is in the list
/// of its pool's Room. Thread-safe.
class GroupRoom {
 public:
  /// most: the bound; 0 for none.
  explicit GroupRoom(std::size_t most) noexcept : most_(most) {}

  bool is_bounded() const noexcept { return most_ != 0; }
  /// Takes room for one job; false when there is none.
  bool take() noexcept {
    return count_below(taken_, [this] { return most_; });
  }
  /// Takes room for one job even beyond the bound.
  void take_anyway() noexcept { taken_.fetch_add(1); }
  void give_back(Room& of_pool) noexcept {
    taken_.fetch_sub(1);
    of_pool.waiters().wake_all();
  }

  bool has_space() const noexcept { return taken() < most_; }
  std::size_t taken() const noexcept { return taken_.load(); }

 private:
  const std::size_t most_;
  std::atomic<std::uint32_t> taken_{0};
};

}  // namespace tp::core
