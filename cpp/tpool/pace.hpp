// SPDX-License-Identifier: MIT
// How far work is, how fast it is, and how long it will take.
#ifndef TPOOL_PACE_HPP
#define TPOOL_PACE_HPP

#include "detail/prologue.hpp"

#include "result.hpp"

namespace tp::v1 {

// The progress of a loop or a job. total is 0 when it is not known. Since 1.1.
struct Pace : Progress {
  double seconds = 0;  // since the start

  // Returns the items done in a second; 0 before the first. Never throws.
  double rate() const noexcept {
    return done > 0 && seconds > 0 ? static_cast<double>(done) / seconds : 0;
  }

  // Returns the seconds to the end at this rate; -1 when that is not known. Never throws.
  double left() const noexcept {
    if (total == 0 || done == 0) return -1;
    if (done >= total) return 0;
    return seconds > 0 ? static_cast<double>(total - done) / rate() : -1;
  }
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
