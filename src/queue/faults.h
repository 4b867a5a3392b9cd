// SPDX-License-Identifier: MIT
// Stage 4: the statuses of a loop's items that failed or were cut; from queue/loop, to the waiter.
#pragma once

#include <cstddef>

#include "base/mutex.h"

namespace tp::core {

/// Ranges of items with a status other than TP_OK. So the memory of a loop grows with its failures and cuts,
/// not with its items. Any thread may call add; once seal has run, any thread may call status.
class Faults {
 public:
  Faults() noexcept = default;
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  /// Items begin … end-1, which are in no other range, have ended in status. Without memory for them they are
  /// forgotten, unless a range of the same status lies beside them.
  void add(std::size_t begin, std::size_t end, int status) noexcept;
  /// Nothing is added from here on.
  void seal() noexcept;
  /// How an item ended. Once items were forgotten, TP_ENOMEM for those in no range.
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
