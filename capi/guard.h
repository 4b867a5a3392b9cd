// SPDX-License-Identifier: MIT
// Stage 2: how calls end that tell more than a status; from src/*, to include/tpool.
#pragma once

#include <new>

#include "base/unwind.h"
#include "result/error.h"
#include "tpool/status.h"

namespace tp::capi {

// No exception crosses into C. The core throws none (tests/layering keeps it so), and ends those of user
// code itself, in call_user and call_hook. Only value_move, which runs inside tp_result_next, is called bare.

/// The status of a call that an exception has left. What ends the calling thread is no exception and
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
