// SPDX-License-Identifier: MIT
// Stage 2: how calls begin and end; from include/tpool, to src/worker and src/result.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/clock.h"
#include "base/order.h"
#include "call/call.h"
#include "refusal.h"
#include "result/error.h"
#include "result/group.h"
#include "result/job.h"
#include "tpool/tpool.h"
#include "wait/completed.h"
#include "worker/pool.h"

namespace tp::capi {

// No exception crosses into C. The core throws none (tests/layering checks that), and its call_user and call_hook
// catch those of user code. Only value_move, which runs inside tp_result_next, is called without them.

/// Whether the handle is not NULL, not of the parent of a fork, and not seen to be stale. Functions that have no status
/// ask this: they do nothing with another handle, and leave the last error alone.
template <class Object>
bool is_valid(const Object* object, core::HandleTag::Kind kind) noexcept {
  return object && object->handle_tag().check(kind) == TP_OK;
}
inline bool is_valid(const tp_pool_t* pool) noexcept {
  return is_valid(core::to_pool(pool), core::HandleTag::pool);
}
inline bool is_valid(const tp_result_t* result) noexcept {
  return is_valid(core::to_job(result), core::HandleTag::result);
}
inline bool is_valid(const tp_group_t* group) noexcept {
  return is_valid(core::to_group(group), core::HandleTag::group);
}
inline bool is_valid(const tp_completed_t* completed) noexcept {
  return is_valid(core::to_completed(completed), core::HandleTag::completed);
}

/// TP_OK; or the call is refused, because its handle is not valid.
template <class Object>
int check(const Object* object, core::HandleTag::Kind kind) {
  if (is_valid(object, kind)) [[likely]]
    return TP_OK;
  return refuse_handle(object ? &object->handle_tag() : nullptr, kind);
}
inline int check(const tp_pool_t* pool) {
  return check(core::to_pool(pool), core::HandleTag::pool);
}
inline int check(const tp_result_t* result) {
  return check(core::to_job(result), core::HandleTag::result);
}
inline int check(const tp_group_t* group) {
  return check(core::to_group(group), core::HandleTag::group);
}
inline int check(const tp_completed_t* completed) {
  return check(core::to_completed(completed), core::HandleTag::completed);
}
inline int check(const tp_call_t* call) {
  if (!core::kHasTypedCalls)
    return refuse(TP_ENOTSUP, "this library was built without libffi, so it has no typed calls");
  return check(core::to_call(call), core::HandleTag::call);
}

/// check(), and its timeout is a number.
template <class Handle>
int check(const Handle* handle, double timeout) {
  const int status = check(handle);
  return status == TP_OK ? check_timeout(timeout) : status;
}
/// check(), and the pointer that it also needs is given.
template <class Handle, class Pointer>
int check(const Handle* handle, Pointer pointer, const char* name) {
  const int status = check(handle);
  return status == TP_OK ? check_given(pointer, name) : status;
}

/// tp_pool_create, for a pool with a taker; nullptr for one without.
int create_pool(const tp_pool_options_t* options, core::Taker* taker, tp_pool_t** pool);

/// Ends a call whose failure becomes the thread's last error. Owns error, which may be nullptr.
inline int end_with_error(int status, core::Error* error = nullptr) {
  if (status < 0) core::set_last_error(error ? error : core::Error::of(status));
  return status;
}

/// Checks each result of an array.
inline int check_all(tp_result_t* const* results, std::size_t n) {
  int status = n ? check_given(results, "results") : TP_OK;
  for (std::size_t i = 0; i < n && status == TP_OK; ++i)
    status = results[i]
                 ? check(results[i])
                 : refuse(TP_EINVAL, "results[%zu] of %zu is NULL; each must be a result", i, n);
  return status;
}

inline int check_all(tp_result_t* const* results, std::size_t n, double timeout) {
  const int status = check_all(results, n);
  return status == TP_OK ? check_timeout(timeout) : status;
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

  /// TP_OK; or the call is refused, because the size is 0, or the struct is newer and uses a field that this library
  /// does not know. name: of the argument.
  int read(const Struct* from, const char* name) {
    if (!from) return TP_OK;
    if (from->size == sizeof(Struct)) {
      struct_ = from;
      return TP_OK;
    }
    if (from->size == 0 || uses_more(*from)) return refuse_struct(name, from->size, sizeof(Struct));
    copy_ = {};
    std::memcpy(&copy_, from, std::min(from->size, sizeof(Struct)));
    struct_ = &copy_;
    return TP_OK;
  }

  /// A copy that may be changed.
  Struct& own() noexcept {
    if (struct_ != &copy_) struct_ = &(copy_ = *struct_);
    return copy_;
  }

  const Struct& operator*() const noexcept { return *struct_; }
  const Struct* operator->() const noexcept { return struct_; }

 private:
  static bool uses_more(const Struct& from) noexcept {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&from);
    for (std::size_t i = sizeof(Struct); i < from.size; ++i)
      if (bytes[i]) return true;
    return false;
  }

  static constexpr Struct kNone{};
  const Struct* struct_ = &kNone;
  union {
    Struct copy_;  // not initialized: most calls need none
  };
};

/// Has fill(now) fill in a struct, and gives the caller's version of it as much as that has. TP_OK, or the call is
/// refused as by Sized.
template <class Struct, class Fill>
int fill_sized(Struct* to, const char* name, Fill fill) {
  Sized<Struct> known;
  if (const int status = known.read(to, name); status != TP_OK) return status;
  Struct now{};
  fill(now);
  now.size = to->size;
  std::memcpy(to, &now, std::min(now.size, sizeof now));
  return TP_OK;
}

}  // namespace tp::capi
