// SPDX-License-Identifier: MIT
// Stage 6: how many jobs a pool may have; from submit/admission, to result/pool_context.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"
#include "base/wait_list.h"

namespace tp::core {

class PoolContext;

/// Counts one more, as long as there are fewer than most() then; whether it has.
template <class Count, class Most>
bool count_below(std::atomic<Count>& taken, Most most) noexcept {
  Count now = taken.load();
  while (now < most())
    if (taken.compare_exchange_weak(now, now + 1)) return true;
  return false;
}

/// The bound of a pool on its pending jobs. A pool that is made with a bound counts its jobs here. One that gets its
/// bound later has jobs that were not counted: from then on a submitter adds up what all threads have counted. A pool
/// without a bound counts nothing. Thread-safe.
class Room {
 public:
  /// most: the bound; 0 for none.
  Room(std::size_t most, const PoolContext& pool) noexcept : pool_(pool), most_(most) {}

  // acquire pairs with the store in change: who sees the bound sees sums_
  bool is_bounded() const noexcept { return most_.load(std::memory_order_acquire) != 0; }
  /// Changes the bound; 0 for none. Those who wait for room look again.
  void change(std::size_t most) noexcept;

  /// Takes room for one job; false when there is none.
  bool take() noexcept;
  /// Takes room for one job even beyond the bound.
  void take_anyway() noexcept { taken_.fetch_add(1); }
  /// The pool has accepted, or refused, the job for which the calling thread took room.
  void used(bool accepted) noexcept {
    if (sums_.load() || !accepted) give_back_taken();
  }
  /// A job is over, and about to be counted as completed.
  void give_back() noexcept {
    if (is_bounded() && !sums_.load()) give_back_taken();
  }
  /// A job has been counted as completed.
  void tell() noexcept {
    if (sums_.load(std::memory_order_relaxed)) [[unlikely]]  // change waits for who misses it
      tell_waiters();
  }

  bool has_space() const noexcept { return taken() < most_.load(); }
  std::size_t taken() const noexcept;
  WaitList& waiters() noexcept { return waiters_; }

 private:
  void give_back_taken() noexcept;
  void tell_waiters() noexcept;

  const PoolContext& pool_;
  std::atomic<std::size_t> most_;
  std::atomic<std::size_t> taken_{0};  // with sums_: taken, but not yet accepted
  std::atomic<bool> sums_{false};
  Mutex mutex_;  // with sums_: nobody takes between another thread's sum and its mark
  WaitList waiters_;
};

}  // namespace tp::core
