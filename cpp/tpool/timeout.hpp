// SPDX-License-Identifier: MIT
// How long a call waits or a job may take.
#ifndef TPOOL_TIMEOUT_HPP
#define TPOOL_TIMEOUT_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>

#include <chrono>

namespace tp::v1 {

// Seconds on the monotonic clock; any std::chrono duration converts to it. 0 or less polls: the
// call doesn't wait. A duration too long for the clock waits for ever; NaN is Error (TP_EINVAL).
using Timeout = std::chrono::duration<double>;

namespace detail {
[[gnu::visibility("hidden")]] inline constexpr Timeout kForever{TP_FOREVER};
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
