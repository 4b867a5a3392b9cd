// SPDX-License-Identifier: MIT
// In which order deadlines have to pass on a machine that may stop between any two submits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

// For each job the earliest and the latest time at which its deadline may pass.
class Dues {
 public:
  explicit Dues(std::size_t jobs) : dues_(jobs) {}

  // Calls submit(), for the job of the index, whose deadline, or start, comes so many seconds later.
  template <class Submit>
  void note(std::size_t index, double deadline, Submit submit) {
    const auto span = static_cast<std::uint64_t>(deadline * 1e9);
    dues_[index].earliest = tp::core::now_ns() + span;
    submit();
    dues_[index].latest = tp::core::now_ns() + span;
  }

  // Whether all jobs are there once, and none before another one whose deadline was surely earlier.
  bool allow(const std::vector<std::size_t>& order) const {
    std::vector<int> count(dues_.size());
    for (const std::size_t index : order) ++count.at(index);
    bool right = count == std::vector<int>(dues_.size(), 1);
    for (std::size_t i = 0; i < order.size(); ++i)
      for (std::size_t j = i + 1; j < order.size(); ++j)
        right = right && dues_[order[i]].earliest <= dues_[order[j]].latest;
    return right;
  }

 private:
  struct Due {
    std::uint64_t earliest = 0, latest = 0;
  };

  std::vector<Due> dues_;
};
