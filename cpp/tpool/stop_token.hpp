// SPDX-License-Identifier: MIT
// Stage 7: a std::stop_token that cancels a job. C++20.
#ifndef TPOOL_STOP_TOKEN_HPP
#define TPOOL_STOP_TOKEN_HPP

#include "detail/prologue.hpp"

#include <tpool/result.h>

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_jthread)
#include <stop_token>
#include <type_traits>
#include <utility>

#include "detail/job_state.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// A share of a C result, which it cancels when it is called.
class CancelJob {
 public:
  explicit CancelJob(tp_result_t* result) : result_(share(result)) {}

  void operator()() const noexcept { tp_result_cancel(result_.get()); }

 private:
  OwnedResult result_;
};

}  // namespace detail

// auto guard = tp::cancel_on(source.get_token(), result);
//
// While the returned object lives, a stop requested of the token cancels the job as result.cancel()
// does, on the thread that requests it, and runs the job's callbacks there when nothing of it was
// running; at once when a stop has been requested already. Keeps the job's outcome; the result
// itself may go. Throws Error (TP_EINVAL) for an empty result.
//
// The way back doesn't exist: the library tells nobody of a stop, so a running task has to ask
// tp::this_task::stop_requested(). A task that takes a std::stop_token gets this one as an
// argument: pool.apply_async(f, source.get_token()).
template <class R>
[[nodiscard]] std::stop_callback<detail::CancelJob> cancel_on(std::stop_token token,
                                                              const R& result) {
  static_assert(std::is_base_of_v<Result, R>,
                "cancel_on takes the result of a job; a std::stop_callback can cancel() a future");
  return std::stop_callback<detail::CancelJob>(std::move(token), detail::CancelJob(result.capi()));
}

}  // namespace v1
}  // namespace tp
#endif

#include "detail/epilogue.hpp"

#endif
