// SPDX-License-Identifier: MIT
// Stage 2: what each call checks first; from include/tpool, to src/worker and src/result.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>

#include "base/clock.h"
#include "base/fork.h"
#include "base/order.h"
#include "call/call.h"
#include "result/job.h"
#include "tpool/tpool.h"
#include "wait/completed.h"
#include "worker/pool.h"

namespace tp::capi {

/// TP_OK, or why a handle cannot be used: NULL, inherited through fork, or, where that is seen, stale.
inline int check(const tp_pool_t* pool) noexcept {
  return pool ? core::to_pool(pool)->stamp().check(core::Stamp::pool) : TP_EINVAL;
}
inline int check(const tp_result_t* result) noexcept {
  return result ? core::to_job(result)->stamp().check(core::Stamp::result) : TP_EINVAL;
}
inline int check(const tp_completed_t* completed) noexcept {
  return completed ? core::to_completed(completed)->stamp().check(core::Stamp::completed)
                   : TP_EINVAL;
}
inline int check(const tp_call_t* call) noexcept {
  if (!core::kHasTypedCalls) return TP_ENOTSUP;
  return call ? core::to_call(call)->stamp().check(core::Stamp::call) : TP_EINVAL;
}

/// False for a NaN.
inline bool is_timeout(double seconds) noexcept { return !std::isnan(seconds); }

/// Checks an array of results.
inline int check_all(tp_result_t* const* results, std::size_t n) noexcept {
  if (n && !results) return TP_EINVAL;
  int status = TP_OK;
  for (std::size_t i = 0; i < n && status == TP_OK; ++i) status = check(results[i]);
  return status;
}

/// The caller goes on with what the items, or the tasks of the pool so far, have done.
inline int seen(const core::Job& job, int status) noexcept {
  core::order::acquire(core::order::ends(&job));
  return status;
}
inline int seen(const core::Pool& pool, int status) noexcept {
  core::order::acquire(&pool);
  return status;
}

/// A handle is the job's address, so an array of handles is one of jobs.
inline core::Job* const* to_jobs(tp_result_t* const* results) noexcept {
  return reinterpret_cast<core::Job* const*>(results);
}

/// A sized struct of the caller, whose version of it may be older or newer, as this library's: the
/// caller's own where the versions are the same. NULL is read as all zero.
template <class Struct>
class Sized {
 public:
  Sized() noexcept {}  // leaves copy_ as it is
  Sized(const Sized&) = delete;
  Sized& operator=(const Sized&) = delete;

  /// False when its size is 0, or it is newer and uses what this library does not know.
  bool read(const Struct* from) noexcept {
    if (!from) return true;
    if (from->size == sizeof(Struct)) {
      struct_ = from;
      return true;
    }
    return from->size != 0 && copy(*from);
  }

  /// A copy, to be changed before it is used.
  Struct& own() noexcept {
    if (struct_ != &copy_) struct_ = &(copy_ = *struct_);
    return copy_;
  }

  const Struct& operator*() const noexcept { return *struct_; }
  const Struct* operator->() const noexcept { return struct_; }

 private:
  bool copy(const Struct& from) noexcept {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&from);
    for (std::size_t i = sizeof(Struct); i < from.size; ++i)
      if (bytes[i]) return false;
    copy_ = {};
    std::memcpy(&copy_, &from, from.size < sizeof(Struct) ? from.size : sizeof(Struct));
    struct_ = &copy_;
    return true;
  }

  static constexpr Struct kNone{};
  const Struct* struct_ = &kNone;
  union {
    Struct copy_;  // only written where one is needed
  };
};

}  // namespace tp::capi
