// SPDX-License-Identifier: MIT
// Stage 4: the statuses of a loop's items that failed or were cut; from queue/loop, to the waiter.
#include "queue/faults.h"

#include <algorithm>
#include <cstdlib>

#include "tpool/status.h"

namespace tp::core {

Faults::~Faults() { std::free(ranges_); }

void Faults::add(std::size_t begin, std::size_t end, int status) noexcept {
  constexpr std::size_t kNear = 8;  // a few participants add in turn, each to its own range
  Lock lock(mutex_);
  const std::size_t first = size_ - std::min(size_, kNear);
  if (extend(first, begin, end, status)) return;
  if (size_ == capacity_ && !grow()) {
    if (!extend(0, begin, end, status)) has_gaps_ = true;
    return;
  }
  ranges_[size_++] = {begin, end, status};
}

/// Extends one of the ranges from first on, if the items lie beside it and ended in the same status.
bool Faults::extend(std::size_t first, std::size_t begin, std::size_t end, int status) noexcept {
  for (std::size_t i = size_; i-- > first;) {
    Range& range = ranges_[i];
    if (range.status != status || (range.end != begin && range.begin != end)) continue;
    range.begin = std::min(range.begin, begin);
    range.end = std::max(range.end, end);
    return true;
  }
  return false;
}

bool Faults::grow() noexcept {
  const std::size_t wanted = std::max<std::size_t>(2 * capacity_, 8);
  void* const memory = std::realloc(ranges_, wanted * sizeof(Range));
  if (!memory) return false;
  ranges_ = static_cast<Range*>(memory);
  capacity_ = wanted;
  return true;
}

void Faults::seal() noexcept {
  std::sort(ranges_, ranges_ + size_,
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
}

int Faults::status(std::size_t index) const noexcept {
  const Range* const behind =
      std::upper_bound(ranges_, ranges_ + size_, index,
                       [](std::size_t i, const Range& range) { return i < range.begin; });
  if (behind != ranges_ && index < behind[-1].end) return behind[-1].status;
  return has_gaps_ ? TP_ENOMEM : TP_OK;
}

}  // namespace tp::core
