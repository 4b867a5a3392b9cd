// SPDX-License-Identifier: MIT
// Stage 4: the statuses of a loop's items that failed or were cut; from queue/loop_job, to the waiter.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "base/mutex.h"
#include "tpool/status.h"

namespace tp::core {

/// Ranges of items with a status other than TP_OK. So the memory of a loop grows with its failures and cuts,
/// not with its items. Any thread may call add; once seal has run, any thread may call status.
class Faults {
 public:
  ~Faults() { std::free(ranges_); }

  /// Items begin … end-1, which are in no other range, have ended in status. Without memory for them they are
  /// forgotten, unless a range of the same status lies beside them.
  void add(std::size_t begin, std::size_t end, int status) noexcept {
    constexpr std::size_t kNear = 8;  // a few participants add in turn, each to its own range
    Lock lock(mutex_);
    if (extend(size_ - std::min(size_, kNear), begin, end, status)) return;
    if (size_ < capacity_ || grow())
      ranges_[size_++] = {begin, end, status};
    else if (!extend(0, begin, end, status))
      has_gaps_ = true;
  }

  /// Nothing is added from here on.
  void seal() noexcept {
    std::sort(ranges_, ranges_ + size_,
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
  }

  /// How an item ended. Once items were forgotten, TP_ENOMEM for those in no range.
  int status(std::size_t index) const noexcept {
    const Range* const behind =
        std::upper_bound(ranges_, ranges_ + size_, index,
                         [](std::size_t i, const Range& range) { return i < range.begin; });
    if (behind != ranges_ && index < behind[-1].end) return behind[-1].status;
    return has_gaps_ ? TP_ENOMEM : TP_OK;
  }

 private:
  struct Range {
    std::size_t begin, end;
    int status;
  };

  /// Extends one of the ranges from first on, if the items lie beside it and ended in the same status.
  bool extend(std::size_t first, std::size_t begin, std::size_t end, int status) noexcept
      TP_REQUIRES(mutex_) {
    for (std::size_t i = size_; i-- > first;) {
      Range& range = ranges_[i];
      if (range.status != status || (range.end != begin && range.begin != end)) continue;
      range.begin = std::min(range.begin, begin);
      range.end = std::max(range.end, end);
      return true;
    }
    return false;
  }

  bool grow() noexcept TP_REQUIRES(mutex_) {
    const std::size_t wanted = std::max<std::size_t>(2 * capacity_, 8);
    void* const memory = std::realloc(ranges_, wanted * sizeof(Range));
    if (!memory) return false;
    ranges_ = static_cast<Range*>(memory);
    capacity_ = wanted;
    return true;
  }

  Mutex mutex_;  // until seal
  Range* ranges_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool has_gaps_ = false;
};

}  // namespace tp::core
