// SPDX-License-Identifier: MIT
// Copies that nobody uses any more, until a thread that may run user code drops them. Stage: base, used by cluster/*.
#pragma once

#include <memory>
#include <mutex>

#include "cluster/copy.h"

namespace tp::cluster {

/// The last user of a copy may be the thread of the traffic, or a destructor. There no codec's drop may run, so the
/// copy waits here. Thread-safe.
class UnusedCopies {
 public:
  UnusedCopies() = default;
  /// REQUIRES: all copies have come back. Frees those that nobody has dropped.
  ~UnusedCopies();
  UnusedCopies(const UnusedCopies&) = delete;
  UnusedCopies& operator=(const UnusedCopies&) = delete;

  /// When its last user is gone the copy comes here.
  std::shared_ptr<Copy> watch(std::unique_ptr<Copy> copy);
  bool any();
  /// Runs the drop of each copy's codec, which may end the thread: the other copies stay here then.
  void drop_all();
  /// The same for those whose last use was the calling thread's: another one waits for its own.
  void drop_own();

 private:
  std::unique_ptr<Copy> take(bool own);

  std::mutex mutex_;
  Copy* first_ = nullptr;
};

}  // namespace tp::cluster
