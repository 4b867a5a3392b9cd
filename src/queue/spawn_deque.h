// SPDX-License-Identifier: MIT
// Stage 4: what one worker has spawned and not synced, where others may steal it; from submit/spawn, to queue/spawned.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/asymmetric_fence.h"
#include "base/mutex.h"
#include "base/platform.h"
#include "base/sync_point.h"

namespace tp::core {

/// A deque of pointers. Its owner pushes and pops at the tail, thieves take from the head: the oldest
/// item, which is the largest part of a recursion. The protocol is THE of Frigo, Leiserson and Randall
/// (The Implementation of the Cilk-5 Multithreaded Language, PLDI 1998), with its fence moved to the thief:
///
///   owner: light_store a lower tail; look at the head
///   thief: raise the head; heavy_fence; look at the tail
///
/// At least one sees the other's write (base/asymmetric_fence.h). A thief that finds the tail at its item puts the
/// head back. An owner that finds the head above its item takes the mutex, which every thief holds, and
/// so looks again at a moment when no thief is between its two steps. Neither push nor pop has a locked
/// instruction; a steal costs a membarrier.
///
/// A push says whether it found the deque empty. It looks after its light_store, so that a thief that it
/// misses sees what was pushed: a thief that leaves items behind tells other thieves. While the head is raised,
/// others find no item: a thief that puts it back looks again itself.
///
/// Indexes only grow with steals, so an index names one item as long as that is here.
/// Thread-safe: push and pop are the owner's, steal and size anyone's.
template <class Item, std::size_t kFirstCapacity = 256>
class SpawnDeque {
 public:
  enum class Pushed { refused, alone, behind_others };
  /// No item has this index.
  static constexpr std::size_t kNowhere = SIZE_MAX;

  SpawnDeque() noexcept = default;
  ~SpawnDeque() { std::free(ring_); }
  SpawnDeque(const SpawnDeque&) = delete;
  SpawnDeque& operator=(const SpawnDeque&) = delete;

  /// Publishes an item, and says where it is. Refused without memory. alone: it may be that nobody has
  /// been told of work here.
  Pushed push(Item* item, std::size_t& index) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);  // own writes
    if (distance(limit_, tail) >= 0) [[unlikely]] {
      if (!make_room(tail)) return Pushed::refused;
    }
    ring_[tail & mask_] = item;
    index = tail;
    sync_point("spawn.push");
    light_store(tail_, tail + 1);
    return distance(head_.load(), tail) > 0 ? Pushed::behind_others : Pushed::alone;
  }

  /// Takes back the newest item, if it has this index; false when a thief has taken it.
  bool pop(std::size_t index) noexcept {
    const std::size_t newest = tail_.load(std::memory_order_relaxed) - 1;  // own writes
    if (newest != index) return false;
    light_store(tail_, newest);
    sync_point("spawn.pop");
    return distance(head_.load(), newest) >= 0 || pop_disputed(newest);
  }

  /// Takes the oldest item if may_take(item), which is called under the mutex, while the owner can't pop
  /// the item. nullptr when there is none, or another thread is at it. A caller that has refused an item tells others.
  template <class MayTake>
  Item* steal(MayTake may_take) noexcept {
    if (!size()) return nullptr;
    if (!mutex_.try_lock()) return nullptr;
    Item* const item = steal_locked(may_take);
    mutex_.unlock();
    return item;
  }

  /// How many items there are; one less while a thief looks at one.
  std::size_t size() const noexcept {
    const std::ptrdiff_t size = distance(head_.load(), tail_.load());
    return size > 0 ? static_cast<std::size_t>(size) : 0;
  }

  /// Forgets all items. For the owner.
  void clear() noexcept {
    Lock lock(mutex_);
    tail_.store(head_.load());
  }

 private:
  static_assert(kFirstCapacity >= 2 && (kFirstCapacity & (kFirstCapacity - 1)) == 0);

  static std::ptrdiff_t distance(std::size_t from, std::size_t to) noexcept {
    return static_cast<std::ptrdiff_t>(to - from);
  }

  template <class MayTake>
  Item* steal_locked(MayTake may_take) noexcept {
    const std::size_t oldest = head_.load();
    do {
      head_.store(oldest + 1);
      sync_point("spawn.steal");
      heavy_fence();  // pairs with light_store in push and pop
      Item* const item = distance(oldest, tail_.load()) > 0 ? ring_[oldest & mask_] : nullptr;
      if (item && may_take(*item)) return item;
      sync_point("spawn.withdraw");
      head_.store(oldest);
      if (item) return nullptr;
      heavy_fence();  // pairs with light_store in push
    } while (size());
    return nullptr;
  }

  [[gnu::cold]] bool pop_disputed(std::size_t newest) noexcept {
    Lock lock(mutex_);
    if (distance(head_.load(), newest) >= 0) return true;  // the thief has withdrawn
    tail_.store(newest + 1);
    return false;
  }

  /// Whether there is room for one more, now or in a larger ring.
  [[gnu::cold]] bool make_room(std::size_t tail) noexcept {
    // acquire pairs with the thief's store: it has read the slots that pushes may use again
    limit_ = head_.load(std::memory_order_acquire) + room_;
    if (distance(limit_, tail) < 0) return true;
    if (!grow()) return false;
    limit_ = head_.load() + room_;
    return true;
  }

  /// Doubles the ring. Thieves read it under the mutex only.
  bool grow() noexcept {
    const std::size_t old_capacity = ring_ ? mask_ + 1 : 0;
    const std::size_t capacity = old_capacity ? 2 * old_capacity : kFirstCapacity;
    auto* const ring = static_cast<Item**>(std::malloc(capacity * sizeof(Item*)));
    if (!ring) return false;
    Lock lock(mutex_);
    for (std::size_t i = head_.load(); distance(i, tail_.load()) > 0; ++i)
      ring[i & (capacity - 1)] = ring_[i & mask_];
    std::free(ring_);
    ring_ = ring;
    mask_ = capacity - 1;
    room_ = capacity - 1;  // a thief may still read the slot below the head
    return true;
  }

  std::atomic<std::size_t> tail_{1};  // written by the owner
  Item** ring_ = nullptr;             // written by the owner under the mutex
  std::size_t mask_ = 0;
  std::size_t room_ = 0;
  std::size_t limit_ = 1;                                 // where there may be no room; the owner's
  alignas(kCacheLine) std::atomic<std::size_t> head_{1};  // written under the mutex
  Mutex mutex_;
};

}  // namespace tp::core
