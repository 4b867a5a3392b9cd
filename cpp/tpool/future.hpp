// SPDX-License-Identifier: MIT
// Stage 7: a value that jobs will make, and AsyncResult::then.
#ifndef TPOOL_FUTURE_HPP
#define TPOOL_FUTURE_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <exception>
#include <type_traits>
#include <utility>

#include "detail/job_state.hpp"
#include "detail/state.hpp"
#include "detail/then_state.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "result.hpp"
#include "timeout.hpp"

namespace tp {
inline namespace v1 {

// What then, when_all and when_any return: as an AsyncResult, but of several jobs, some of which
// may have yet to be submitted, so that there is no C result to lend. Many threads may use one
// object at once. Moved from, it is empty: every call throws Error (TP_EINVAL). Its end gives up
// the handle and nothing else.
//
// A worker that waits runs unstarted items of the awaited jobs, and nothing else. Waiting throws
// Error (TP_EDEADLK) when one of the jobs could only end after the wait; in a forked child, and so
// does get(), Error (TP_EFORKED) for what the parent had begun. Code that runs in a done
// callback (a coroutine that has not left it, see coroutine.hpp) must not wait: a job whose turn
// comes after it would never be told of.
//
// A continuation is submitted where the future is made ready, mostly on a worker that has ended a
// job. It never waits there for room in a pool with max_pending, but counts: other submits wait for
// it, too.
template <class T>
class Future {
  static_assert(std::is_same_v<T, std::decay_t<T>>, "the value is a copy: std::ref refers");

 public:
  using value_type = T;

  // The outcome of a job; shares the result, or takes it over. Throws Error (TP_EINVAL) when the
  // result is empty, std::bad_alloc.
  template <class Values>
  explicit Future(const AsyncResult<T, Values>& result)
      : Future(detail::JobState<T, Values>::make(detail::share(result.capi()), result.pool())) {}
  template <class Values>
  explicit Future(AsyncResult<T, Values>&& result)
      : Future(detail::JobState<T, Values>::make(detail::OwnedResult(result.release()),
                                                 result.pool())) {}

  // For what is built on it.
  explicit Future(detail::Ref<detail::StateOf<T>> state) noexcept : state_(std::move(state)) {}

  // Returns true once get() has something to return or to throw.
  bool ready() const { return state().settled(); }

  // Waits until it is ready, whatever the outcome, which it doesn't throw.
  void wait() const { state().wait(TP_FOREVER); }

  // Waits at most so long. Returns whether it is ready.
  bool wait(Timeout timeout) const { return state().wait(timeout.count()); }

  // Cancels the jobs that it waits for now; what they yield goes the way of all outcomes.
  void cancel() const { state().cancel(); }

  // Waits, then lends the value, or throws what stands in its place. Repeatable. The value is lent
  // as long as the future lives: as T&, as T&& when it can't be copied. On an rvalue it is moved
  // out.
  detail::Lent<T> get() const& { return get_within(TP_FOREVER); }
  T get() && { return take_within(TP_FOREVER); }

  // The same, but throws TimeoutError when it is not ready in time; ask again later.
  detail::Lent<T> get(Timeout timeout) const& { return get_within(timeout.count()); }
  T get(Timeout timeout) && { return take_within(timeout.count()); }

  // As AsyncResult::then. The pool, of several results that of the first, has to be there until
  // this is ready. Throws Error (TP_EINVAL) when no pool is known: with a coroutine's future or one
  // of no results, and where a C result was adopted without its pool.
  template <class F>
  auto then(F&& f) const& {
    return continued<false>(std::forward<F>(f));
  }
  template <class F>
  auto then(F&& f) && {
    return continued<true>(std::forward<F>(f));
  }

  // For what is built on it.
  const detail::Ref<detail::StateOf<T>>& shared() const {
    static_cast<void>(state());
    return state_;
  }

 private:
  detail::StateOf<T>& state() const {
    if (!state_) throw Error(TP_EINVAL);
    return *state_.get();
  }

  detail::StateOf<T>& await(double timeout) const {
    detail::StateOf<T>& state = this->state();
    if (!state.wait(timeout)) throw TimeoutError();
    if (std::exception_ptr failure = state.failure()) std::rethrow_exception(std::move(failure));
    return state;
  }

  detail::Lent<T> get_within(double timeout) const {
    detail::StateOf<T>& state = await(timeout);
    if constexpr (!std::is_void_v<T>) return static_cast<detail::Lent<T>>(state.value());
  }
  T take_within(double timeout) const {
    detail::StateOf<T>& state = await(timeout);
    if constexpr (!std::is_void_v<T>) return std::move(state.value());
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
Future(const AsyncResult<T, Values>&) -> Future<T>;
template <class T, class Values>
Future(AsyncResult<T, Values>&&) -> Future<T>;

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

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
