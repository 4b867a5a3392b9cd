// SPDX-License-Identifier: MIT
// Stage 4: whether a worker leaves what it has claimed; from queue/loop_job and queue/stream_job, to the worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "result/call_scope.h"
#include "result/pool_context.h"

namespace tp::core {

/// A worker asks this between two chunks that it has claimed together: should it leave the job now, for a pause of the
/// pool or of the job's group, for work of a higher priority, or because the pool has shrunk? So it need not run all of
/// the chunks first when they turn out to be slow. One thread's.
class Turn {
 public:
  /// A thread that waits for the job and helps may not leave it, except when the group pauses (Job::group_pause).
  Turn(const PoolContext& pool, Priority priority, bool may_leave,
       const std::atomic<bool>* group_pause = nullptr) noexcept
      : pool_(pool), group_pause_(group_pause), priority_(priority), may_leave_(may_leave) {}

  bool may_leave() const noexcept { return may_leave_; }
  /// A cancel of the pool can't find what a worker keeps in its hands until all of it has started. So its items look
  /// themselves whether the pool was cancelled since this count of cancels, which the worker has read while the job was
  /// in its hands.
  void look_for_cancels(std::uint32_t cancels) noexcept { cancels_ = cancels; }
  void note_cancels(CallScope& scope) const noexcept {
    if (cancels_) scope.note_cancels(*cancels_);
  }
  /// Whether a pause of the job's group stops the thread.
  bool may_be_held() const noexcept { return group_pause_; }
  /// Reads one byte that is seldom written, while the pool has no priorities, pauses and groups.
  bool is_due() noexcept {
    return !pool_.signs().is_plain() && (is_held() || (may_leave_ && look()));
  }
  /// The same between two claims, where it is cheap to look.
  bool is_called_off() const noexcept {
    return is_held() || (may_leave_ && pool_.calls_off(priority_));
  }

 private:
  static constexpr std::uint64_t kRestNs = 10'000;

  /// Whether the job's group pauses.
  bool is_held() const noexcept { return group_pause_ && group_pause_->load(); }

  /// For the background priority this looks at all submit queues and local queues, so at most every 10 us.
  bool look() noexcept {
    if (priority_ == Priority::background && !pool_.signs().is_paused()) {
      const std::uint64_t now = now_ns();
      if (now - looked_at_ < kRestNs) return false;
      looked_at_ = now;
    }
    return pool_.turns_from(priority_);
  }

  const PoolContext& pool_;
  const std::atomic<bool>* const group_pause_;
  const Priority priority_;
  const bool may_leave_;
  std::uint64_t looked_at_ = 0;
  std::optional<std::uint32_t> cancels_;
};

}  // namespace tp::core
