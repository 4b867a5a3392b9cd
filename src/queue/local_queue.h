// SPDX-License-Identifier: MIT
// Stage 4: tasks that a worker has claimed and others may still steal; from worker/worker, to the worker.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/order.h"
#include "base/platform.h"
#include "base/sync_point.h"

namespace tp::core {

/// A fixed array of tasks and one word {epoch, begin, end}. The owner fills the empty array and takes from
/// the front. Thieves copy the back half and then claim it. The next fill may tear a thief's copy, but then
/// its claim fails, because each fill has a new epoch. A mistake would take 2^32 fills during one copy.
/// Only the owner calls fill and take; any thread steals. T is trivially copyable, in words.
template <class T, std::size_t kRoom = 64>
class LocalQueue {
 public:
  static constexpr std::size_t kCapacity = kRoom;

  /// Publishes tasks. REQUIRES: empty() seen by the owner; count <= kCapacity.
  void fill(const T* tasks, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) write(i, tasks[i]);
    order::release(&word_);
    const std::uint64_t epoch = (word_.load(std::memory_order_relaxed) >> 32) + 1;  // own writes
    // seq_cst: publishes the tasks, and precedes the owner's look for sleepers (worker/sleep.h)
    word_.store(epoch << 32 | count);
  }

  bool take(T& task) noexcept {
    return take(task, [](const T&) { return true; });
  }
  /// Takes the oldest task only if may_take(task), which it asks before.
  template <class MayTake>
  bool take(T& task, MayTake may_take) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      if (size(word) == 0) return false;
      task = read(begin(word));
      if (!may_take(task)) return false;
      sync_point("local_queue.take");
      if (word_.compare_exchange_weak(word, word + (1u << 16))) return true;
    }
  }

  /// Claims the back half, but at most most tasks, and copies it to out. Returns how many.
  std::size_t steal(T* out, std::size_t most = kCapacity) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const std::size_t all = size(word);
      if (all == 0) return 0;
      const std::size_t count = std::min(all - all / 2, most), first = end(word) - count;
      for (std::size_t i = 0; i < count; ++i) out[i] = read(first + i);
      sync_point("local_queue.steal");
      if (!word_.compare_exchange_weak(word, word - count)) continue;
      order::acquire(&word_);
      return count;
    }
  }

  std::size_t size() const noexcept { return size(word_.load()); }

 private:
  static constexpr std::size_t kWords = sizeof(T) / sizeof(std::uint64_t);
  static_assert(sizeof(T) % sizeof(std::uint64_t) == 0 && kRoom < (1u << 15));

  static std::size_t begin(std::uint64_t word) noexcept { return word >> 16 & 0xffff; }
  static std::size_t end(std::uint64_t word) noexcept { return word & 0xffff; }
  static std::size_t size(std::uint64_t word) noexcept { return end(word) - begin(word); }

  // relaxed, because word_ publishes and claims them; atomic, because a thief may read while the owner fills
  void write(std::size_t slot, const T& task) noexcept {
    std::uint64_t words[kWords];
    std::memcpy(words, &task, sizeof task);
    for (std::size_t i = 0; i < kWords; ++i)
      words_[slot * kWords + i].store(words[i], std::memory_order_relaxed);
  }
  T read(std::size_t slot) const noexcept {
    std::uint64_t words[kWords];
    for (std::size_t i = 0; i < kWords; ++i)
      words[i] = words_[slot * kWords + i].load(std::memory_order_relaxed);
    T task;
    std::memcpy(&task, words, sizeof task);
    return task;
  }

  alignas(kCacheLine) std::atomic<std::uint64_t> word_{0};
  std::atomic<std::uint64_t> words_[kRoom * kWords];
};

}  // namespace tp::core
