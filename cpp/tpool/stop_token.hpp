// SPDX-License-Identifier: MIT
// A std::stop_token that cancels a job. C++20.
#ifndef TPOOL_STOP_TOKEN_HPP
#define TPOOL_STOP_TOKEN_HPP

#include "detail/prologue.hpp"

#include <tpool/result.h>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#include <type_traits>
#include <utility>

#include "detail/values.hpp"
#include "result.hpp"

namespace tp::v1 {

// auto guard = tp::cancel_on(source.get_token(), result);
//
// Returns an object that, while it lives, cancels the job as result.cancel() does when a stop is requested of the
// token: on the thread that requests it, at once when that was before. It keeps the job's outcome; the result may be
// destroyed. Throws Error (TP_EINVAL) for an empty result. Since 1.1.
//
// The library has no stop_token of its own: a running task asks tp::this_task::stop_requested(), or
// takes a token as an argument: pool.apply_async(f, source.get_token()).
template <class R>
[[nodiscard]] auto cancel_on(std::stop_token token, const R& result) {
  static_assert(std::is_base_of_v<Result, R>,
                "cancel_on takes the result of a job: let a std::stop_callback cancel() a future");
  return std::stop_callback(std::move(token), [job = detail::share(result.capi())]() noexcept {
    tp_result_cancel(job.get());
  });
}

}  // namespace tp::v1
#endif

#include "detail/epilogue.hpp"

#endif
