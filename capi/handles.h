// SPDX-License-Identifier: MIT
// Stage 2: what each call checks first; from include/tpool, to src/submit and src/result.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/clock.h"
#include "base/fork.h"
#include "result/job.h"
#include "submit/pool.h"
#include "tpool/tpool.h"

namespace tp::capi {

/// TP_OK, or why a handle cannot be used: NULL, or inherited through fork.
inline int check(const tp_pool_t* pool) noexcept {
  if (!pool) return TP_EINVAL;
  return core::to_pool(pool)->generation() == core::fork_generation() ? TP_OK : TP_EFORKED;
}
inline int check(const tp_result_t* result) noexcept {
  if (!result) return TP_EINVAL;
  return core::to_job(result)->generation() == core::fork_generation() ? TP_OK : TP_EFORKED;
}

/// False for a NaN.
inline bool is_timeout(double seconds) noexcept { return !std::isnan(seconds); }

/// Copies a sized struct of the caller, whose version of it may be older or newer. False when its
/// size is 0, or it is newer and uses what this library does not know.
template <class Struct>
bool read(const Struct* from, Struct& to) noexcept {
  to = {};
  if (!from) return true;
  if (from->size == 0) return false;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(from);
  for (std::size_t i = sizeof(Struct); i < from->size; ++i)
    if (bytes[i]) return false;
  std::memcpy(&to, from, from->size < sizeof(Struct) ? from->size : sizeof(Struct));
  return true;
}

}  // namespace tp::capi
