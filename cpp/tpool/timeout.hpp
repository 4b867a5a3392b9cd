// SPDX-License-Identifier: MIT
// Stage 7: how long a call waits, or a job may take.
#ifndef TPOOL_TIMEOUT_HPP
#define TPOOL_TIMEOUT_HPP

#include "detail/prologue.hpp"

#include <chrono>

namespace tp {
inline namespace v1 {

// Any duration, on the monotonic clock. 0 or less polls; what is too long waits for ever.
using Timeout = std::chrono::duration<double>;

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
