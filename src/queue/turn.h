// SPDX-License-Identifier: MIT
// Stage 4: whether a worker leaves what it has claimed before that is done; from queue/loop and
// queue/stream, to the worker.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "result/pool_context.h"

namespace tp::core {

/// What a worker looks at between two chunks that it has claimed together: should it turn from the job
/// now, for a pause, for something of a higher level, or because it has to leave? They were claimed as
/// quick ones; when they turn out slow, it should not have to run them all first. One thread's.
class Turn {
 public:
  /// Who only waits for the job, and helps, never turns from it.
  Turn(const PoolContext& owner, Level level, bool may_leave) noexcept
      : owner_(owner), level_(level), may_leave_(may_leave) {}

  bool may_leave() const noexcept { return may_leave_; }
  /// One look at a byte that is hardly ever written, as long as the pool has neither levels nor pauses.
  bool is_due() noexcept { return !owner_.signs().is_plain() && may_leave_ && look(); }

 private:
  static constexpr std::uint64_t kRestNs = 10'000;

  /// Below the normal level that is a look at all lanes and runs: not more often than every 10 us.
  bool look() noexcept {
    if (level_ == Level::background && !owner_.signs().is_paused()) {
      const std::uint64_t now = now_ns();
      if (now - looked_at_ < kRestNs) return false;
      looked_at_ = now;
    }
    return owner_.turns_from(level_);
  }

  const PoolContext& owner_;
  const Level level_;
  const bool may_leave_;
  std::uint64_t looked_at_ = 0;
};

}  // namespace tp::core
