// SPDX-License-Identifier: MIT
// Stage 6: how many jobs a pool may have; from submit/admission, to result/pool_context.
#include "result/room.h"

#include "base/asymmetric_fence.h"
#include "result/pool_context.h"

namespace tp::core {

/// A thread that counts a job as completed and then misses sums_ wakes nobody. Its count has been stored by the end of
/// the drain, so whoever is woken then sees it.
void Room::change(std::size_t most) noexcept {
  bool is_new = false;
  {
    Lock lock(mutex_);
    is_new = !is_bounded();
    if (is_new && most == 0) return;
    if (is_new) sums_.store(true);
    most_.store(most ? most : SIZE_MAX);
  }
  if (is_new) drain_stores();
  waiters_.wake_all();
}

bool Room::take() noexcept {
  if (sums_.load()) {
    Lock lock(mutex_);
    if (!has_space()) return false;
    taken_.fetch_add(1);
    return true;
  }
  return count_below(taken_, [this] { return most_.load(); });
}

std::size_t Room::taken() const noexcept {
  // first: what is accepted meanwhile counts twice rather than not at all
  const std::size_t mine = taken_.load();
  return sums_.load() ? mine + pool_.pending() : mine;
}

void Room::give_back_taken() noexcept {
  taken_.fetch_sub(1);
  waiters_.wake_all();
}

/// The exchange comes before the look of a waiter at taken_, which then sees the count; or behind it, and then this
/// thread sees the waiter in the list.
void Room::tell_waiters() noexcept {
  taken_.fetch_add(0);
  waiters_.wake_all();
}

}  // namespace tp::core
