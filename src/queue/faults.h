// SPDX-License-Identifier: MIT
// Stage 4: how those items of a loop ended that did not go well; from queue/loop, to the waiter.
#pragma once

#include <cstddef>

#include "base/mutex.h"

namespace tp::core {

/// Ranges of items with a status that is not TP_OK; nothing for the others. So a loop takes memory by the
/// calls that failed and by what was cut, never by its items.
/// add is anyone's; then, once seal has run, status is.
class Faults {
 public:
  Faults() noexcept = default;
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  /// Items begin … end-1, which are in no other range, have ended in status. Without memory they are
  /// forgotten, unless they lie beside others that ended in the same.
  void add(std::size_t begin, std::size_t end, int status) noexcept;
  /// Nothing is added from here on.
  void seal() noexcept;
  /// How an item ended; TP_ENOMEM for one that is in no range, when some were forgotten.
  int status(std::size_t index) const noexcept;

 private:
  struct Range {
    std::size_t begin, end;
    int status;
  };

  bool extend(std::size_t first, std::size_t begin, std::size_t end, int status) noexcept
      TP_REQUIRES(mutex_);
  bool grow() noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;  // until seal
  Range* ranges_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool has_gaps_ = false;
};

}  // namespace tp::core
