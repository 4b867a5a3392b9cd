// SPDX-License-Identifier: MIT
// Stage 7: coroutines that await results, futures, streams and pools. C++20.
#ifndef TPOOL_COROUTINE_HPP
#define TPOOL_COROUTINE_HPP

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_coroutine)
#include <tpool/result.h>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "detail/hop.hpp"
#include "detail/listener.hpp"
#include "detail/state.hpp"
#include "error.hpp"
#include "future.hpp"
#include "imap.hpp"
#include "pool.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// R is const AsyncResult& or AsyncResult&&.
template <class R>
class ResultAwaiter {
 public:
  explicit ResultAwaiter(R&& result) : result_(std::forward<R>(result)) {}

  bool await_ready() const { return result_.ready(); }
  void await_suspend(std::coroutine_handle<> coroutine) const {
    check(tp_result_add_done_callback(result_.capi(), resume, coroutine.address()));
  }
  decltype(auto) await_resume() const { return std::forward<R>(result_).get(); }

 private:
  static void resume(void* coroutine, tp_result_t*) {
    std::coroutine_handle<>::from_address(coroutine).resume();
  }

  R&& result_;
};

// F is const Future& or Future&&.
template <class F>
class FutureAwaiter : private Listener {
 public:
  explicit FutureAwaiter(F&& future) : future_(std::forward<F>(future)) {}

  bool await_ready() const { return future_.ready(); }
  void await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    Due due;
    future_.shared()->listen(*this, due);  // this may be gone when it returns
    due.run();
  }
  decltype(auto) await_resume() const { return std::forward<F>(future_).get(); }

 private:
  void arrived(Due&) noexcept override { coroutine_.resume(); }

  F&& future_;
  std::coroutine_handle<> coroutine_;
};

class PoolAwaiter final : private Hop {
 public:
  explicit PoolAwaiter(tp_pool_t* pool) : pool_(pool) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    check(submit(pool_));  // this may be gone when it returns
  }
  void await_resume() const { check(status_); }

 private:
  void land(int status) override {
    status_ = status;
    coroutine_.resume();
  }

  tp_pool_t* pool_;
  std::coroutine_handle<> coroutine_;
  int status_ = TP_OK;
};

// Takes what is there; else waits in a job of the stream's pool, where it helps, or here.
template <class T>
class StreamAwaiter : private Hop {
  using Next = std::optional<Stored<T>>;

 public:
  explicit StreamAwaiter(const ImapIterator<T>& stream) : stream_(stream) {}

  bool await_ready() { return stream_.take_if_there(next_); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    if (stream_.pool() != nullptr && submit(stream_.pool()) == TP_OK) return true;
    read();
    return false;
  }
  Next await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(next_);
  }

 private:
  void land(int status) override {
    try {
      check(status);
      read();
    } catch (...) {
      pass_forced_unwind();
      failure_ = std::current_exception();
    }
    coroutine_.resume();
  }

  void read() {
    next_ = stream_.next();
    if (next_) return;
    // The look before this may have been told of the deadline, and have taken it for its own.
    const tp_error_t* const error = tp_result_error(stream_.capi());
    if (tp_error_status(error) == TP_ETIMEDOUT) throw TimeoutError();
  }

  const ImapIterator<T>& stream_;
  std::coroutine_handle<> coroutine_;
  Next next_;
  std::exception_ptr failure_;
};

// The state of a coroutine's future. Nobody can help a coroutine.
template <class T>
class CoroutineState final : public StateOf<T> {
 public:
  CoroutineState() : StateOf<T>(nullptr) {}

  Ref<State> collect(Leaves& leaves, bool) override {
    leaves.set_in_flight();
    return {};
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
  std::suspend_never initial_suspend() const noexcept { return {}; }
  auto final_suspend() const noexcept { return End(); }
  void unhandled_exception() { state_->set_failure(std::current_exception()); }

 protected:
  Ref<CoroutineState<T>> state_{new CoroutineState<T>};

 private:
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
// where the coroutine is.
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

#endif
