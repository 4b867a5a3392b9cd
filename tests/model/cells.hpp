// SPDX-License-Identifier: MIT
// Relacy's atomics behind those of src, found by their address: so src has the layout that it has,
// and memory that is freed, or made into something else, takes its atomics with it.
#pragma once

#include <cstdlib>

#include "model/platform.hpp"

namespace model {

class Cells {
 public:
  using Cell = rl::atomic<std::uint64_t>;

  /// A run begins. What a run that failed has left belongs to a context that is gone.
  void begin() {
    ++run_;
    count_ = 0;
    for (std::size_t i = 0; i < statics_; ++i) create(statics_at_[i], statics_values_[i]);
  }
  void end() {
    for (std::size_t i = 0; i < count_; ++i) cell(i).~Cell();
    count_ = 0;
  }

  /// An atomic is made at an address; outside of a run it is a static, made anew for each.
  void create(const void* at, std::uint64_t value) {
    if (!rl::is_ctx()) {
      check(statics_ < kStatics);
      statics_at_[statics_] = at;
      statics_values_[statics_++] = value;
      return;
    }
    check(count_ < kMost);
    const std::size_t index = count_++;
    at_[index] = at;
    entry(at) = {at, run_, static_cast<std::uint32_t>(index)};
    rl::ctx().disable_preemption();
    new (arena_[index]) Cell(value);
    rl::ctx().enable_preemption();
  }
  /// nullptr when the memory was freed.
  Cell* find(const void* at) {
    const Entry& found = entry(at);
    return found.at == at && found.run == run_ && found.index != kFreed ? &cell(found.index)
                                                                        : nullptr;
  }
  Cell& operator[](const void* at) {
    Cell* const found = find(at);
    if (!found)
      rl::ctx().fail_test("an atomic in freed memory", rl::test_result_access_to_freed_memory,
                          RL_INFO);
    return *found;
  }
  /// Memory is freed.
  void release(const void* begin, std::size_t bytes) {
    const auto* const from = static_cast<const char*>(begin);
    for (std::size_t i = 0; i < count_; ++i) {
      const auto* const at = static_cast<const char*>(at_[i]);
      if (at >= from && at < from + bytes) entry(at).index = kFreed;
    }
  }

 private:
  static constexpr std::size_t kMost = 1 << 14, kStatics = 64, kTable = 4 * kMost;
  static constexpr std::uint32_t kFreed = UINT32_MAX;
  struct Entry {
    const void* at;
    std::uint64_t run;
    std::uint32_t index;
  };

  static void check(bool fits) {
    if (!fits) std::abort();
  }
  Cell& cell(std::size_t index) { return *reinterpret_cast<Cell*>(arena_[index]); }
  /// Where an address is noted, or can be: what other runs have noted may go.
  Entry& entry(const void* at) {
    auto slot = reinterpret_cast<std::uintptr_t>(at) * 0x9e3779b97f4a7c15u >> 48;
    while (table_[slot % kTable].at != at && table_[slot % kTable].run == run_) ++slot;
    return table_[slot % kTable];
  }

  std::uint64_t run_ = 0;
  std::size_t count_ = 0, statics_ = 0;
  const void* statics_at_[kStatics] = {};
  std::uint64_t statics_values_[kStatics] = {};
  const void* at_[kMost] = {};
  Entry table_[kTable] = {};
  alignas(Cell) std::byte arena_[kMost][sizeof(Cell)] = {};
};

inline constinit Cells cells;

}  // namespace model
