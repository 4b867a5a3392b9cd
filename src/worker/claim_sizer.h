// SPDX-License-Identifier: MIT
// Stage 5: how many queued tasks to claim at once; from worker/worker, to the worker.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/clock.h"
#include "base/spin.h"
#include "queue/producer.h"

namespace tp::core {

/// Lets claims grow while tasks are quick. Slow tasks start one by one, in the order of the submit queue. One worker's.
class ClaimSizer {
 public:
  explicit ClaimSizer(std::size_t limit) noexcept : limit_(limit) {}

  /// The worker is about to claim.
  void begin() noexcept {
    const std::uint64_t now = now_ns();
    if (from_) is_quick_ = were_quick(now);
    most_ = were_quick(now) ? std::min(4 * most_, limit_) : 1;
    at_ = now;
  }
  /// The worker has claimed count queued tasks from the producer.
  void claimed(std::size_t count, const Producer& from) noexcept {
    count_ = count;
    from_ = &from;
  }
  /// The worker has looked for work in vain.
  void found_nothing() noexcept {
    if (!from_) return;
    is_quick_ = were_quick(now_ns());
    from_ = nullptr;
  }
  /// Where quick tasks come faster than one by one, waits until some are there, or no more come: each claim takes cache
  /// lines from the submitter.
  void let_gather(const Producer& producer) noexcept {
    constexpr std::size_t kSome = 64;
    if (!is_quick_ || (!has_many() && from_ != &producer)) return;
    std::size_t before = 0, now = producer.queue.size();
    for (int pauses = 16; now < kSome && now > before && pauses <= 64; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) cpu_relax();
      before = std::exchange(now, producer.queue.size());
    }
    if (before) at_ = now_ns();
  }

  std::size_t most() const noexcept { return most_; }
  /// Whether the tasks of the last claim were quick, without looks in vain.
  bool is_quick() const noexcept { return is_quick_; }
  /// Whether the last claim had more than one task.
  bool has_many() const noexcept { return count_ > 1; }

 private:
  /// Whether the tasks of the last claim have taken less than a microsecond each until now.
  bool were_quick(std::uint64_t now) const noexcept { return now - at_ <= 1'000 * count_; }

  const std::size_t limit_;
  std::size_t most_ = 1;            // to claim at once
  std::size_t count_ = 0;           // of the last claim
  std::uint64_t at_ = 0;            // the time of the last claim
  const Producer* from_ = nullptr;  // of the last claim; none after a look in vain
  bool is_quick_ = false;
};

}  // namespace tp::core
