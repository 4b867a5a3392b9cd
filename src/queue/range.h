// SPDX-License-Identifier: MIT
// Stage 4: a range of a job's units that is taken from the front and stolen from the back.
// From queue/loop and queue/stream, to the worker.
#pragma once

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
/// A unit is in at most one Range and is claimed once, so a word that is back to an old value means
/// what it meant then: there is no ABA. What a unit stands for is published otherwise: by the queue
/// that hands out the job, or by the release of set.
/// Thread-safe; set is the owner's, on an empty range.
class Range {
 public:
  void set(Span span) noexcept { word_.store(pack(span)); }

  /// Claims up to count units from the front.
  Span take(std::uint32_t count) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const Span all = unpack(word);
      if (all.empty()) return {};
      const Span part{all.begin, all.size() <= count ? all.end : all.begin + count};
      if (word_.compare_exchange_weak(word, pack({part.end, all.end}))) return part;
    }
  }

  /// Claims the back half, at most count units; the last unit when there is only one.
  Span steal(std::uint32_t count = UINT32_MAX) noexcept {
    std::uint64_t word = word_.load();
    for (;;) {
      const Span all = unpack(word);
      if (all.empty()) return {};
      const std::uint32_t half = all.size() - all.size() / 2;
      const Span part{all.end - (half < count ? half : count), all.end};
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
