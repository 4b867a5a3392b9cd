// SPDX-License-Identifier: MIT
// Stage 7: coroutines that await results, futures, streams and pools. C++20.
#ifndef TPOOL_COROUTINE_HPP
#define TPOOL_COROUTINE_HPP

#include "detail/prologue.hpp"

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_coroutine)
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "detail/awaiters.hpp"
#include "detail/call.hpp"
#include "detail/leaves.hpp"
#include "detail/listener.hpp"
#include "detail/state.hpp"
#include "future.hpp"
#include "imap.hpp"
#include "pool.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// The state of a coroutine's future. Nobody can help a coroutine.
template <class T>
class CoroutineState final : public StateOf<T> {
 public:
  CoroutineState() : StateOf<T>(nullptr) {}

  void collect(Leaves& leaves, bool) override {
    if (!this->settled()) leaves.add_in_flight(*this);
  }
  std::exception_ptr failure() override { return failure_; }
  Stored<T>& value() override { return *value_; }

  template <class V>
  void set_value(V&& value) {
    value_.emplace(std::forward<V>(value));
  }
  void set_failure(std::exception_ptr failure) { failure_ = std::move(failure); }
  void set_ready() noexcept {
    Due due;
    this->settle(due);
    due.run();
  }

 private:
  std::optional<Stored<T>> value_;
  std::exception_ptr failure_;
};

template <class T>
class PromiseBase {
 public:
  Future<T> get_return_object() { return Future<T>(Ref<StateOf<T>>(Ref(state_))); }
  auto initial_suspend() const noexcept { return Start(); }
  auto final_suspend() const noexcept { return End(); }
  void unhandled_exception() { state_->set_failure(std::current_exception()); }

 protected:
  Ref<CoroutineState<T>> state_{new CoroutineState<T>};

 private:
  // At once, but for one that is called by too many others, one inside another: when they await.
  class Start final : Listener {
   public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept {
      coroutine_ = coroutine;
      Due due;
      due.add(*this);
      due.run();  // this may be gone when it returns
    }
    void await_resume() const noexcept {}

   private:
    void arrived(Due&) noexcept override { coroutine_.resume(); }

    std::coroutine_handle<> coroutine_;
  };

  // What the coroutine holds goes before anybody is told of its end.
  struct End : std::suspend_always {
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) const noexcept {
      const Ref<CoroutineState<T>> state = static_cast<PromiseBase&>(coroutine.promise()).state_;
      coroutine.destroy();
      state->set_ready();
    }
  };
};

template <class T>
class Promise : public PromiseBase<T> {
 public:
  template <class V = T, std::enable_if_t<std::is_convertible_v<V&&, T>, int> = 0>
  void return_value(V&& value) {
    this->state_->set_value(std::forward<V>(value));
  }
};
template <>
class Promise<void> : public PromiseBase<void> {
 public:
  void return_void() const noexcept {}
};

}  // namespace detail

// In any coroutine, of any type:
//
//   int n = co_await pool.apply_async(f);      // what get() returns or throws
//   auto& values = co_await result;            // a value of an lvalue is lent, as get() does
//   while (auto v = co_await stream) use(*v);  // what next() returns or throws
//   co_await tp::schedule(pool);               // from here on in a job of the pool
//
// Nothing blocks. After a result or a future that was not ready, the coroutine goes on where the
// job was made ready: mostly on the worker that ended it, also on the thread that cancelled,
// terminated or helped; in a done callback. There it must not wait for jobs, nor take long: others
// wait to be told. co_await tp::schedule(pool) leaves it. The awaited object has to stay until
// then.
//
// A stream that has nothing yet is waited for in a job of its pool, which runs the stream's items
// meanwhile, and the coroutine goes on there; when the pool takes no more jobs, next() is called
// where the coroutine is. Neither this nor schedule() waits for room in a pool with max_pending, but
// their jobs count, as those of continuations do (see future.hpp).
//
// Coroutines that await each other need no stack, however many: where 64 of them start or go on one
// inside another, the next one does when the thread is back in the outermost, or waits for a future.
//
// A coroutine must not be destroyed while it awaits. With g++ 12 a lambda with captures that is
// written inside the awaiting expression is destroyed twice: name it first.
//
// Awaiting throws Error (TP_EINVAL) for an empty object, std::bad_alloc; a stream also Terminated
// when the pool is terminated meanwhile, and one coroutine's wait for it ends so, not the stream.
template <class T, class Values>
detail::ResultAwaiter<const AsyncResult<T, Values>&> operator co_await(
    const AsyncResult<T, Values>& result) {
  return detail::ResultAwaiter<const AsyncResult<T, Values>&>(result);
}
template <class T, class Values>
detail::ResultAwaiter<AsyncResult<T, Values>> operator co_await(AsyncResult<T, Values>&& result) {
  return detail::ResultAwaiter<AsyncResult<T, Values>>(std::move(result));
}
template <class T>
detail::FutureAwaiter<const Future<T>&> operator co_await(const Future<T>& future) {
  return detail::FutureAwaiter<const Future<T>&>(future);
}
template <class T>
detail::FutureAwaiter<Future<T>> operator co_await(Future<T>&& future) {
  return detail::FutureAwaiter<Future<T>>(std::move(future));
}
template <class T>
detail::StreamAwaiter<T> operator co_await(const ImapIterator<T>& stream) {
  return detail::StreamAwaiter<T>(stream);
}

// co_await tp::schedule(pool): goes on in a job of the pool, on a worker, which also ends a chain
// of done callbacks. Throws PoolNotRunning where it is when the pool takes no jobs; Terminated, on
// the thread that terminated the pool, when it did so before the job ran.
inline detail::PoolAwaiter schedule(ThreadPool& pool) { return detail::PoolAwaiter(pool.capi()); }

}  // namespace v1
}  // namespace tp

// tp::Future<int> f(tp::ThreadPool& pool) { …; co_return 1; } is a coroutine that starts at once,
// on the thread that calls it; its future is ready when it has ended. A worker that waits for it in
// get() can't help it, so await it, or wait outside the pool. Its future has no pool for then().
template <class T, class... Args>
struct std::coroutine_traits<tp::Future<T>, Args...> {
  using promise_type = tp::detail::Promise<T>;
};
#endif

#include "detail/epilogue.hpp"

#endif
