// SPDX-License-Identifier: MIT
// Events in the order in which they ended. Stage: trace, used by all but base.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/event.h"

namespace tp::core {

/// A list of blocks, so that keeping an event moves none of the others. Not thread-safe.
class Log {
 public:
  static constexpr std::size_t kMost = 1'000'000;

  Log() noexcept = default;
  ~Log() { clear(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Keeps the event; without memory, or with too many there, only counts it. Owns its name.
  void keep(const Event& event) noexcept;
  void swap(Log& other) noexcept;
  void clear() noexcept;
  std::size_t count() const noexcept { return count_; }
  std::uint64_t lost() const noexcept { return lost_; }

  /// Calls see(event) for each.
  template <class See>
  void each(See see) const {
    std::size_t left = count_;
    for (const Block* block = first_; block; block = block->next)
      for (std::size_t i = 0; i < kBlock && left; ++i, --left) see(block->events[i]);
  }

 private:
  static constexpr std::size_t kBlock = 1000;
  struct Block {
    Event events[kBlock];
    Block* next;
  };

  bool grow() noexcept;

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  std::size_t count_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tp::core
