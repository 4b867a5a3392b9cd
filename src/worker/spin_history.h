// SPDX-License-Identifier: MIT
// Stage 5: whether a worker looks a little longer before it sleeps; from worker/worker, to worker/rest.
#pragma once

#include <cstdint>

#include <algorithm>
#include <utility>

#include "base/spin.h"

namespace tp::core {

/// What came of a worker's last spins and sleeps. A spin costs CPU time that the submitter may need, and it moves
/// threads apart that could share a CPU. It pays where the next work comes soon, as in round trips back to back. It
/// does not pay where work comes seldom, as in a server that gets a task each millisecond.
/// When both sides of a round trip sleep, the work comes soon, but later than a spin lasts. So after a short sleep
/// the worker tries a longer spin. Each trial in vain doubles the number of short sleeps until the next one.
/// (Karlin, Li, Manasse and Owicki, Empirical Studies of Competitive Spinning, SOSP 1991.)
/// The worker's own.
class SpinHistory {
 public:
  static constexpr std::uint64_t kForever = UINT64_MAX / 2;

  bool pays() const noexcept { return worth_ > 0; }
  std::uint64_t length_ns() const noexcept { return is_trial_ ? kTrialNs : kSpinNs; }

  /// Work came during a spin.
  void found() noexcept {
    worth_ = std::min(worth_ + 1, kMost);
    price_ = 1;
    is_trial_ = false;
  }

  /// The worker slept for so many nanoseconds before work came. spun: it had spun first, in vain.
  void slept(bool spun, std::uint64_t ns) noexcept {
    const bool is_short = ns + (spun ? length_ns() : 0) <= kShortNs;
    const bool failed = spun && std::exchange(is_trial_, false);
    if (failed) price_ = std::min(2 * price_, kHighestPrice);
    if (failed || !is_short) worth_ = std::max(worth_ - 2, 0);
    if (!is_short || ++shorts_ < price_) return;
    shorts_ = 0;
    worth_ = std::max(worth_, 2);
    is_trial_ = true;
  }

 private:
  static constexpr std::uint64_t kShortNs = 100'000, kTrialNs = 60'000;
  static constexpr int kMost = 8, kHighestPrice = 128;

  int worth_ = 2;
  int price_ = 1;   // short sleeps until the next trial
  int shorts_ = 0;  // since the last one
  bool is_trial_ = false;
};

}  // namespace tp::core
