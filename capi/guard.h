// SPDX-License-Identifier: MIT
// Stage 2: the exception firewall; from include/tpool, to src/*.
#pragma once

#include <new>

#include "base/unwind.h"
#include "result/error.h"
#include "tpool/status.h"

namespace tp::capi {

/// The status of a core call that an exception has left. The core throws nothing of its own; should the
/// C++ runtime do so, no exception crosses into C. What ends the calling thread is no exception and
/// goes on. REQUIRES: inside catch (...).
inline int caught() {
  if (core::ends_thread()) throw;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return TP_ENOMEM;
  } catch (...) {
    return TP_ENOTSUP;
  }
}

/// Ends a call whose failure is the thread's last error. Takes over error, which says more than the
/// status or is nullptr.
inline int end_with_error(int status, core::Error* error = nullptr) {
  if (status < 0) core::set_last_error(error ? error : core::Error::of(status));
  return status;
}

}  // namespace tp::capi
