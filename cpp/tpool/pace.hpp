// SPDX-License-Identifier: MIT
// Stage 7: how far work is, how fast, and how long it will take.
#ifndef TPOOL_PACE_HPP
#define TPOOL_PACE_HPP

#include "detail/prologue.hpp"

#include <cstddef>

#include "result.hpp"

namespace tp {
inline namespace v1 {

// done items of total, which is 0 when it is not known, and the seconds since the first began.
struct Pace : Progress {
  double seconds = 0;

  // Items a second; 0 before any is done.
  double rate() const noexcept {
    return done > 0 && seconds > 0 ? static_cast<double>(done) / seconds : 0;
  }

  // Seconds to the end at this rate; negative when nobody knows.
  double left() const noexcept {
    if (total == 0 || done == 0) return -1;
    if (done >= total) return 0;
    return seconds > 0 ? static_cast<double>(total - done) / rate() : -1;
  }
};

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
