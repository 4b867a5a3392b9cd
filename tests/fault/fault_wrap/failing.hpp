// SPDX-License-Identifier: MIT
// Allocations, thread creations and descriptors that fail on demand.
#pragma once

#include "support/test.hpp"

namespace failing {

// Calls of one kind: after arm(k) the k-th next call fails, counted from 0, and with sticky all
// after it do, too. While armed the test itself must not make such calls.
class Fault {
 public:
  void arm(long k, bool sticky) {
    hit_ = false;
    sticky_ = sticky;
    left_ = k;
  }

  bool hit() const { return hit_; }

  // Ends it; true when a call has failed.
  bool disarm() {
    left_ = kNever;
    return hit_;
  }

  // Asked by each call.
  bool strikes() {
    if (left_ == kNever) return false;
    const long left = left_.fetch_sub(1);
    const bool now = left == 0 || (left < 0 && sticky_);
    if (now) hit_ = true;
    return now;
  }

 private:
  static constexpr long kNever = LONG_MAX;

  std::atomic<long> left_{kNever};
  std::atomic<bool> sticky_{false};
  std::atomic<bool> hit_{false};
};

extern Fault allocations;
extern Fault threads;
extern Fault files;
extern std::atomic<long> live;  // allocations that were not freed

}  // namespace failing
