// SPDX-License-Identifier: MIT
// Stage 2: the exception firewall; from include/tpool, to src/*.
#pragma once

#include <new>

#include "base/unwind.h"
#include "result/error.h"
#include "tpool/status.h"

namespace tp::capi {

/// Runs a core call. The core throws nothing of its own; should the C++ runtime do so, no exception
/// crosses into C. A forced unwind of the calling thread is not an exception and goes on.
template <class Call>
int guard(Call call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return TP_ENOMEM;
  } catch (...) {
    if (core::ends_thread()) throw;
    return TP_ENOTSUP;
  }
}

/// The same for calls whose failure is the thread's last error. call gets an Error*& to fill.
template <class Call>
int guard_with_error(Call call) {
  core::Error* error = nullptr;
  const int status = guard([&] { return call(error); });
  if (status < 0) core::set_last_error(error ? error : core::Error::of(status));
  return status;
}

}  // namespace tp::capi
