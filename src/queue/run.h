// SPDX-License-Identifier: MIT
// Stage 4: the run of entries that a worker has claimed and others may still steal.
// From worker/worker, to the worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/noise.h"
#include "base/order.h"
#include "base/platform.h"

namespace tp::core {

/// A fixed array of entries and one word {epoch, begin, end}. The owner fills it when it is empty and
/// takes from the front; thieves copy the back half and then claim it. A thief's copy may be torn by
/// the next fill, but then its claim fails, because each fill has a new epoch: 2^32 fills would have
/// to pass during one copy for a mistake.
/// Thread-safe: fill and take are the owner's, steal is anyone's. T is trivially copyable, in words.
template <class T, std::size_t kRoom = 64>
class Run {
 public:
  static constexpr std::size_t kCapacity = kRoom;

  /// Publishes entries. REQUIRES: empty() seen by the owner; count <= kCapacity.
  void fill(const T* entries, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) write(i, entries[i]);
    order::release(&word_);
    const std::uint64_t epoch = (word_.load(std::memory_order_relaxed) >> 32) + 1;  // own writes
    // seq_cst: publishes the entries, and precedes the owner's look for sleepers (worker/sleep.h)
    word_.store(epoch << 32 | count);
  }

  bool take(T& entry) noexcept {
    return take(entry, [](const T&) { return true; });
  }

  /// The same if may_take(entry), which is asked before.
  template <class MayTake>
  bool take(T& entry, MayTake may_take) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      if (size(word) == 0) return false;
      entry = read(begin(word));
      if (!may_take(entry)) return false;
      noise("run.take");
      if (word_.compare_exchange_weak(word, word + (1u << 16))) return true;
    }
  }

  /// Copies and claims the back half, at most most entries. Returns how many; out has room for them.
  std::size_t steal(T* out, std::size_t most = kCapacity) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const std::size_t all = size(word);
      if (all == 0) return 0;
      const std::size_t half = all - all / 2, count = half < most ? half : most;
      const std::size_t first = end(word) - count;
      for (std::size_t i = 0; i < count; ++i) out[i] = read(first + i);
      noise("run.steal");
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

  // relaxed: word_ publishes and claims them; atomic, because a thief may read while the owner fills
  void write(std::size_t slot, const T& entry) noexcept {
    std::uint64_t words[kWords];
    std::memcpy(words, &entry, sizeof entry);
    for (std::size_t i = 0; i < kWords; ++i)
      words_[slot * kWords + i].store(words[i], std::memory_order_relaxed);
  }
  T read(std::size_t slot) const noexcept {
    std::uint64_t words[kWords];
    for (std::size_t i = 0; i < kWords; ++i)
      words[i] = words_[slot * kWords + i].load(std::memory_order_relaxed);
    T entry;
    std::memcpy(&entry, words, sizeof entry);
    return entry;
  }

  alignas(kCacheLine) std::atomic<std::uint64_t> word_{0};
  std::atomic<std::uint64_t> words_[kRoom * kWords];
};

}  // namespace tp::core
