// SPDX-License-Identifier: MIT
// A value that several jobs will make, and AsyncResult::then.
#ifndef TPOOL_FUTURE_HPP
#define TPOOL_FUTURE_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>

#include <exception>
#include <type_traits>
#include <utility>

#include "detail/job_state.hpp"
#include "detail/state.hpp"
#include "detail/traits.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// What then, when_all and when_any return. Unlike an AsyncResult it depends on several jobs, some
// of which may not be submitted yet, so it has no C result to lend. Many threads may use one object
// at the same time. An object that was moved from is empty: then every call throws Error
// (TP_EINVAL). Destroying it ends no job. Since 1.1.
//
// A worker that waits runs unstarted items of the awaited jobs, and nothing else. A wait throws
// Error (TP_EDEADLK) when one of the jobs could end only after the wait; a wait and get() throw
// Error (TP_EFORKED) in a forked child for what the parent had begun. Code in a done callback, as a
// coroutine may be (coroutine.hpp), must not wait: later done callbacks would never run.
//
// The thread that makes a future ready submits its continuations; mostly this is the worker that
// ended a job. That submit never waits for room under max_pending, but its job counts there.
template <class T>
class Future {
  static_assert(std::is_same_v<T, std::decay_t<T>>, "the value is a copy: std::ref refers");

 public:
  using value_type = T;

  // Has the outcome of the result's job. Shares an lvalue result and takes an rvalue over. Throws
  // Error (TP_EINVAL) for an empty result, std::bad_alloc.
  template <class Values>
  explicit Future(const AsyncResult<T, Values>& result)
      : Future(detail::JobState<T, Values>::make(detail::share(result.capi()), result.pool())) {}
  template <class Values>
  explicit Future(AsyncResult<T, Values>&& result)
      : Future(detail::JobState<T, Values>::make(detail::OwnedResult(result.release()),
                                                 result.pool())) {}

  // For the functions that return futures.
  explicit Future(detail::Ref<detail::StateOf<T>> state) noexcept : state_(std::move(state)) {}

  // Returns true once get() can return or throw without waiting.
  bool ready() const { return state().settled(); }

  // Waits until it is ready. Doesn't throw its outcome.
  void wait() const { state().wait(TP_FOREVER); }

  // The same for at most timeout. Returns whether it is ready.
  bool wait(Timeout timeout) const { return state().wait(timeout.count()); }

  // Cancels the jobs that it waits for now, as Result::cancel does; their outcome becomes its own.
  void cancel() const { state().cancel(); }

  // Waits and lends the value, which is valid while the future lives: as a T&; as a T&& when it
  // can't be copied. On an rvalue, moves the value out. Throws the exception that it was settled
  // with; TimeoutError when it is not ready within timeout. May be repeated.
  detail::Lent<T> get(Timeout timeout = detail::kForever) const& {
    detail::StateOf<T>& state = await(timeout);
    if constexpr (!std::is_void_v<T>) return static_cast<detail::Lent<T>>(state.value());
  }
  T get(Timeout timeout = detail::kForever) && {
    detail::StateOf<T>& state = await(timeout);
    if constexpr (!std::is_void_v<T>) return std::move(state.value());
  }

  // As AsyncResult::then, on the pool of the first result that it depends on, which must live until
  // this future is ready. Throws Error (TP_EINVAL) when no pool is known: for a future of a
  // coroutine or of no results, and for a C result that was taken over without its pool.
  template <class F>
  auto then(F&& f) const& {
    return continued<false>(std::forward<F>(f));
  }
  template <class F>
  auto then(F&& f) && {
    return continued<true>(std::forward<F>(f));
  }

  // For the functions that take futures.
  const detail::Ref<detail::StateOf<T>>& shared() const {
    static_cast<void>(state());
    return state_;
  }

 private:
  detail::StateOf<T>& state() const {
    if (!state_) throw Error(TP_EINVAL);
    return *state_;
  }

  detail::StateOf<T>& await(Timeout timeout) const {
    detail::StateOf<T>& state = this->state();
    if (!state.wait(timeout.count())) throw TimeoutError();
    if (std::exception_ptr failure = state.failure()) std::rethrow_exception(std::move(failure));
    return state;
  }

  template <bool moved, class F>
  auto continued(F&& f) const {
    static_assert(detail::continues<std::decay_t<F>, T, moved>,
                  "a continuation takes the value, as const T& or T&&; nothing for void");
    using Made = detail::ThenState<std::decay_t<F>, T, moved>;
    using R = detail::ThenValue<std::decay_t<F>, T, moved>;
    if (state().pool() == nullptr) throw Error(TP_EINVAL);
    return Future<R>(Made::make(state_, std::forward<F>(f)));
  }

  detail::Ref<detail::StateOf<T>> state_;
};

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

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
