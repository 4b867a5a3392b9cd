// SPDX-License-Identifier: MIT
// A value that several jobs will make, and AsyncResult::then.
#ifndef TPOOL_FUTURE_HPP
#define TPOOL_FUTURE_HPP

#include "detail/prologue.hpp"

#include <tpool/future.h>
#include <tpool/pool.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "detail/future.hpp"
#include "detail/nesting.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// What then, when_all and when_any return: a C result and its value. Many threads may use one
// object at the same time; a copy shares the result. An object that was moved from is empty: then
// every call throws Error (TP_EINVAL). Destroying it ends no job. Since 1.1.
//
// A worker that waits runs unstarted items of the jobs that the future depends on, and nothing else. A wait throws
// Error (TP_EDEADLK) when one of the jobs could end only after the wait; every call but ready() throws Error
// (TP_EFORKED) in a forked child for what the parent had begun. Code in a done callback, as a coroutine may be
// (coroutine.hpp), must not wait: later done callbacks would never run.
//
// The thread that makes a future ready queues its continuations; mostly this is the worker that
// ended a job. They never wait for room under max_pending, but count there.
template <class T>
class Future {
  static_assert(std::is_same_v<T, std::decay_t<T>>,
                "the value is a copy: name its type without & and const");
  using Lazy = detail::Lazy<detail::Stored<T>>;

 public:
  using value_type = T;

  // Has the outcome of the result's job. Shares an lvalue result and takes an rvalue over. Throws
  // Error (TP_EINVAL) for an empty result, std::bad_alloc.
  template <class Values>
  explicit Future(const AsyncResult<T, Values>& result)
      : Future(detail::share(result.capi()), result.pool(), detail::lazy_of<T, Values>()) {}
  template <class Values>
  explicit Future(AsyncResult<T, Values>&& result)
      : Future(result.pool(), detail::lazy_of<T, Values>()) {
    detail::check(tp_result_ready(result.capi()));
    result_ = detail::SharedResult(detail::OwnedResult(result.release()));
  }

  // For the functions that return futures. Has the outcome of the C result, whose first slot is the
  // value, unless that is lazy. Never throws.
  explicit Future(detail::OwnedResult result, tp_pool_t* pool,
                  std::shared_ptr<Lazy> lazy = nullptr) noexcept
      : result_(std::move(result)), pool_(pool), lazy_(std::move(lazy)) {}

  // Returns true once get() can return or throw without waiting.
  bool ready() const { return tp_result_ready(known()) == 1; }

  // Waits until it is ready. Doesn't throw its outcome.
  void wait() const { wait(detail::kForever); }

  // The same for at most timeout. Returns whether it is ready.
  bool wait(Timeout timeout) const {
    detail::Nesting::run_all();
    return detail::check_in_time(tp_result_wait(known(), timeout.count()));
  }

  // Cancels what it waits for, where nobody else does, as Result::cancel does.
  void cancel() const {
    if (lazy_ && !ready()) lazy_->give_up();
    detail::check(tp_result_cancel(known()));
  }

  // Waits and lends the value, which is valid while the future lives: as a T&; as a T&& when it
  // can't be copied. On an rvalue, moves the value out. Throws the exception that it was settled
  // with; TimeoutError when it is not ready within timeout. May be repeated.
  detail::Lent<T> get(Timeout timeout = detail::kForever) const& {
    return static_cast<detail::Lent<T>>(await(timeout));
  }
  T get(Timeout timeout = detail::kForever) && {
    return static_cast<std::add_rvalue_reference_t<T>>(await(timeout));
  }

  // As AsyncResult::then, on the pool of the first result that it depends on. Throws Error (TP_EINVAL) when no pool is
  // known: for a future of a coroutine or of no results, and for a C result that was taken over without its pool.
  template <class F>
  auto then(F&& f) const& {
    return continued<false>(std::forward<F>(f));
  }
  template <class F>
  auto then(F&& f) && {
    return continued<true>(std::forward<F>(f));
  }

  // Lends the C result, and the pool; NULL when there is none. Never throws. Since 1.2.
  tp_result_t* capi() const noexcept { return result_.get(); }
  tp_pool_t* pool() const noexcept { return pool_; }

 private:
  Future(tp_pool_t* pool, std::shared_ptr<Lazy> lazy) noexcept
      : pool_(pool), lazy_(std::move(lazy)) {}

  tp_result_t* known() const {
    if (capi() == nullptr) throw Error(TP_EINVAL);
    return capi();
  }

  decltype(auto) await(Timeout timeout) const {
    detail::Nesting::run_all();
    return detail::value_in<T>(known(), lazy_.get(), timeout.count());
  }

  template <bool moved, class F>
  auto continued(F&& f) const {
    constexpr bool takes = detail::continues<std::decay_t<F>, T, moved>;
    static_assert(takes,
                  "the continuation doesn't take the value: give it one parameter, const T& or T; "
                  "none for void");
    if constexpr (takes) {
      using Job = detail::Continuation<std::decay_t<F>, T, moved>;
      using R = detail::ThenValue<std::decay_t<F>, T, moved>;
      if (known() == nullptr || pool_ == nullptr) throw Error(TP_EINVAL);
      return Future<R>(Job::start(capi(), lazy_, std::forward<F>(f)), pool_);
    }
  }

  detail::SharedResult result_;
  tp_pool_t* pool_ = nullptr;  // of the continuations
  std::shared_ptr<Lazy> lazy_;
};

template <class T, class Values>
Future(const AsyncResult<T, Values>&) -> Future<T>;

template <class T, class Values>
template <class F>
auto AsyncResult<T, Values>::then(F&& f) const& {
  const Future<T> future(*this);
  return future.then(std::forward<F>(f));
}

template <class T, class Values>
template <class F>
auto AsyncResult<T, Values>::then(F&& f) && {
  return Future<T>(std::move(*this)).then(std::forward<F>(f));
}

namespace detail {

// The future of R, an AsyncResult or a Future. Shares an lvalue and takes an rvalue over.
template <class R>
using FutureOf = decltype(Future(std::declval<R>()));
template <class R>
inline constexpr bool is_awaitable = is_valid<FutureOf, R>;

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
