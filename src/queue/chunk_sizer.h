// SPDX-License-Identifier: MIT
// Stage 4: how many units to claim at once; from queue/loop_job, to the worker.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace tp::core {

/// Sizes claims by what the last units took, so that one takes about kTargetNs. Then its cost does not show,
/// and the last claims of a job end at about the same time. One thread's.
class ChunkSizer {
 public:
  static constexpr std::uint64_t kTargetNs = 20'000;

  /// A claim has at most limit units; the first one has first.
  explicit ChunkSizer(std::uint32_t limit, std::uint32_t first = 1) noexcept
      : limit_(limit), next_(first), start_(now_ns()), last_(start_) {}

  std::uint32_t next() const noexcept { return next_; }

  /// The thread has run count units since the last call.
  void ran(std::uint32_t count) noexcept {
    const std::uint64_t now = now_ns();
    const auto spent = static_cast<double>(std::max<std::uint64_t>(now - last_, 1));
    last_ = now;
    units_ += count;
    const double fitting = static_cast<double>(kTargetNs) * count / spent;
    const double grown = std::min(fitting, 8.0 * count);
    next_ = static_cast<std::uint32_t>(std::clamp(grown, 1.0, static_cast<double>(limit_)));
  }

  /// Leaves a pause out of the account.
  void restart() noexcept {
    const std::uint64_t now = now_ns();
    start_ += now - last_;
    last_ = now;
  }

  std::uint64_t spent_ns() const noexcept { return last_ - start_; }
  std::uint64_t units() const noexcept { return units_; }
  double unit_ns() const noexcept {
    return static_cast<double>(spent_ns()) / static_cast<double>(units_);
  }

 private:
  std::uint32_t limit_;
  std::uint32_t next_;
  std::uint64_t start_;
  std::uint64_t last_;
  std::uint64_t units_ = 0;
};

}  // namespace tp::core
