// SPDX-License-Identifier: MIT
// Stage 4: units, taken from the front and stolen from the back; from queue/loop_job and queue/stream_job, to the
// worker.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace tp::core {

/// A range of units.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t size() const noexcept { return end - begin; }
  bool empty() const noexcept { return begin == end; }
};

/// [begin, end) in one word, as in the range scheduling of pthreadpool and TBB's auto partitioner.
/// A unit is in at most one Range and is claimed once. So a word that has its old value again means the same
/// again: there is no ABA. The queue that hands out the job, or the release of set, publishes the items.
/// Thread-safe, but only the owner calls set, on an empty range.
class Range {
 public:
  void set(Span span) noexcept { word_.store(pack(span)); }

  /// Claims up to count units from the front.
  Span take(std::uint32_t count) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const Span all = unpack(word);
      if (all.empty()) return {};
      const Span part{all.begin, all.begin + std::min(all.size(), count)};
      if (word_.compare_exchange_weak(word, pack({part.end, all.end}))) return part;
    }
  }

  /// The same, if begin is the front: what comes behind a span that the caller has claimed.
  Span take_behind(std::uint32_t begin, std::uint32_t count) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const Span all = unpack(word);
      if (all.empty() || all.begin != begin) return {};
      const Span part{begin, all.size() <= count ? all.end : begin + count};
      if (word_.compare_exchange_weak(word, pack({part.end, all.end}))) return part;
    }
  }

  /// Claims the back half, rounded up, but at most count units.
  Span steal(std::uint32_t count = UINT32_MAX) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const Span all = unpack(word);
      if (all.empty()) return {};
      const Span part{all.end - std::min(all.size() - all.size() / 2, count), all.end};
      if (word_.compare_exchange_weak(word, pack({all.begin, part.begin}))) return part;
    }
  }

  std::uint32_t size() const noexcept { return unpack(word_.load()).size(); }

 private:
  static std::uint64_t pack(Span s) noexcept { return std::uint64_t{s.begin} << 32 | s.end; }
  static Span unpack(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word)};
  }

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace tp::core
