// SPDX-License-Identifier: MIT
// Stage 2: how calls begin and end; from include/tpool, to src/worker and src/result.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/clock.h"
#include "base/order.h"
#include "call/call.h"
#include "result/error.h"
#include "result/job.h"
#include "tpool/tpool.h"
#include "wait/completed.h"
#include "worker/pool.h"

namespace tp::capi {

// No exception crosses into C. The core throws none (tests/layering checks that), and its call_user and call_hook
// catch those of user code. Only value_move, which runs inside tp_result_next, is called without them.

/// TP_OK, or why a call is refused: its handle is NULL, comes from the parent of a fork, or is seen to be stale;
/// or its other arguments are wrong.
template <class Object>
int check(const Object* object, core::HandleTag::Kind kind, bool others_are_right) noexcept {
  if (!object) return TP_EINVAL;
  const int status = object->handle_tag().check(kind);
  return status == TP_OK && !others_are_right ? TP_EINVAL : status;
}
inline int check(const tp_pool_t* pool, bool others_are_right = true) noexcept {
  return check(core::to_pool(pool), core::HandleTag::pool, others_are_right);
}
inline int check(const tp_result_t* result, bool others_are_right = true) noexcept {
  return check(core::to_job(result), core::HandleTag::result, others_are_right);
}
inline int check(const tp_completed_t* completed, bool others_are_right = true) noexcept {
  return check(core::to_completed(completed), core::HandleTag::completed, others_are_right);
}
inline int check(const tp_call_t* call, bool others_are_right = true) noexcept {
  if (!core::kHasTypedCalls) return TP_ENOTSUP;
  return check(core::to_call(call), core::HandleTag::call, others_are_right);
}

/// False for a NaN.
inline bool is_timeout(double seconds) noexcept { return !std::isnan(seconds); }

/// Ends a call whose failure becomes the thread's last error. Owns error, which may be nullptr.
inline int end_with_error(int status, core::Error* error = nullptr) {
  if (status < 0) core::set_last_error(error ? error : core::Error::of(status));
  return status;
}

/// Checks each result of an array.
inline int check_all(tp_result_t* const* results, std::size_t n) noexcept {
  if (n && !results) return TP_EINVAL;
  int status = TP_OK;
  for (std::size_t i = 0; i < n && status == TP_OK; ++i) status = check(results[i]);
  return status;
}

/// Tells ThreadSanitizer that the caller sees what the items of a job, or the ended tasks of a pool, have done.
inline int seen(const core::Job& job, int status) noexcept {
  core::order::acquire(core::order::ends(&job));
  return status;
}
inline int seen(const core::Pool& pool, int status) noexcept {
  core::order::acquire(&pool);
  return status;
}

/// A handle is the address of its job, so an array of handles is an array of jobs.
inline core::Job* const* to_jobs(tp_result_t* const* results) noexcept {
  return reinterpret_cast<core::Job* const*>(results);
}

/// A sized struct of the caller, as this library's version of it. The caller's version may be older or newer;
/// if it is the same, nothing is copied. NULL is read as all zero.
template <class Struct>
class Sized {
 public:
  Sized() noexcept {}  // leaves copy_ as it is
  Sized(const Sized&) = delete;
  Sized& operator=(const Sized&) = delete;

  /// False if the size is 0, or the struct is newer and uses a field that this library does not know.
  bool read(const Struct* from) noexcept {
    if (!from) return true;
    if (from->size == sizeof(Struct)) {
      struct_ = from;
      return true;
    }
    if (from->size == 0) return false;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(from);
    for (std::size_t i = sizeof(Struct); i < from->size; ++i)
      if (bytes[i]) return false;
    copy_ = {};
    std::memcpy(&copy_, from, std::min(from->size, sizeof(Struct)));
    struct_ = &copy_;
    return true;
  }

  /// A copy that may be changed.
  Struct& own() noexcept {
    if (struct_ != &copy_) struct_ = &(copy_ = *struct_);
    return copy_;
  }

  const Struct& operator*() const noexcept { return *struct_; }
  const Struct* operator->() const noexcept { return struct_; }

 private:
  static constexpr Struct kNone{};
  const Struct* struct_ = &kNone;
  union {
    Struct copy_;  // not initialized: most calls need none
  };
};

}  // namespace tp::capi
