// SPDX-License-Identifier: MIT
// Coroutines that await results, futures, streams and pools. C++20.
//
// In any coroutine, of any type:
//
//   int n = co_await pool.apply_async(f);      // returns or throws what get() does
//   auto& values = co_await result;            // an lvalue result lends its value, as in get()
//   while (auto v = co_await stream) use(*v);  // returns or throws what next() does
//   co_await tp::schedule(pool);               // goes on in a job of the pool
//
// No thread blocks. After a result or future that was not ready, the coroutine goes on in a done
// callback, on the thread that made the job ready: mostly the worker that ended it, or a thread
// that cancelled, terminated or helped. There it must not wait for jobs, nor take long, because it
// delays other listeners; co_await tp::schedule(pool) leaves the callback. The awaited object must
// live until the coroutine goes on.
//
// When a stream has no value yet, a job of its pool waits for one and runs items of the stream
// meanwhile; the coroutine goes on in that job. When the pool refuses the job, the coroutine's
// thread calls next(). Neither this nor schedule() waits for room in a pool with max_pending, but
// their jobs count there.
//
// Any number of coroutines may await each other without using up the stack: when 64 of them have
// started or gone on one inside another, the thread goes on with the next one once it is back in
// the outermost one, or waits for a future.
//
// Don't destroy a coroutine while it awaits. g++ 12 destroys a lambda with captures twice that
// stands inside the awaiting expression: give it a name first.
//
// Throws Error (TP_EINVAL) for an empty object, std::bad_alloc; for a stream also Terminated when
// the pool is terminated meanwhile, which ends this wait but not the stream. Since 1.1.
#ifndef TPOOL_COROUTINE_HPP
#define TPOOL_COROUTINE_HPP

#include "detail/prologue.hpp"

#if defined(__cpp_lib_coroutine)
#include <tpool/result.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/dependencies.hpp"
#include "detail/state.hpp"
#include "error.hpp"
#include "future.hpp"
#include "imap.hpp"
#include "pool.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// Resumes a coroutine when it is notified.
class ResumeListener : protected Listener {
 protected:
  ~ResumeListener() = default;

  std::coroutine_handle<> coroutine_;

 private:
  void notify(NotifyQueue&) noexcept override { coroutine_.resume(); }
};

// R is const AsyncResult& or AsyncResult&&.
template <class R>
class ResultAwaiter {
 public:
  explicit ResultAwaiter(R&& result) : result_(std::forward<R>(result)) {}

  bool await_ready() const { return result_.ready(); }

  // Returns false when the done callback has run meanwhile. So a coroutine that awaits in a loop
  // never goes on inside this function, which would use up the stack.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    check(tp_result_add_done_callback(result_.capi(), done, this));
    return !second_.exchange(true);
  }
  decltype(auto) await_resume() const { return std::forward<R>(result_).get(); }

 private:
  static void done(void* user, tp_result_t*) {
    auto& self = *static_cast<ResultAwaiter*>(user);
    const std::coroutine_handle<> coroutine = self.coroutine_;
    if (self.second_.exchange(true)) coroutine.resume();  // if not, the awaiter may be gone by now
  }

  R&& result_;
  std::coroutine_handle<> coroutine_;
  std::atomic<bool> second_{false};  // the second of await_suspend() and done() finds true
};

// F is const Future& or Future&&.
template <class F>
class FutureAwaiter final : private ResumeListener {
 public:
  explicit FutureAwaiter(F&& future) : future_(std::forward<F>(future)) {}

  bool await_ready() const { return future_.ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    auto& state = *future_.shared();
    if (state.is_foreign()) throw Error(TP_EFORKED);
    coroutine_ = coroutine;
    return state.listen(*this);  // this may be gone when it returns true
  }
  decltype(auto) await_resume() const { return std::forward<F>(future_).get(); }

 private:
  F&& future_;
};

class PoolAwaiter final : private ScheduleOp {
 public:
  explicit PoolAwaiter(tp_pool_t* pool) : pool_(pool) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    check(submit(pool_));  // this may be gone when it returns
  }
  void await_resume() const { check(status_); }

 private:
  void complete(int status) override {
    status_ = status;
    coroutine_.resume();
  }

  tp_pool_t* pool_;
  std::coroutine_handle<> coroutine_;
  int status_ = TP_OK;
};

// Takes a value that is there. Otherwise waits in a job of the stream's pool, which runs items of
// the stream; or, when the pool refuses that job, on this thread.
template <class T>
class StreamAwaiter final : private ScheduleOp {
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
  void complete(int status) override {
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
    check_last(stream_.pull(TP_FOREVER, next_));
    if (next_) return;
    // await_ready() may have taken the job's time-out for that of its own wait.
    const tp_error_t* const error = tp_result_error(stream_.capi());
    if (tp_error_status(error) == TP_ETIMEDOUT) throw TimeoutError();
  }

  const ImapIterator<T>& stream_;
  std::coroutine_handle<> coroutine_;
  Next next_;
  std::exception_ptr failure_;
};

// The state of a coroutine's future. No thread can help a coroutine.
template <class T>
struct CoroutineState final : StateOf<T> {
  CoroutineState() : StateOf<T>(nullptr) {}
  using State::settle;

  void collect(Dependencies& to, bool) override {
    if (!this->settled()) to.add_in_flight(*this);
  }
  std::exception_ptr failure() override { return thrown; }
  Stored<T>& value() override { return *returned; }

  std::optional<Stored<T>> returned;
  std::exception_ptr thrown;
};

template <class T>
class PromiseBase {
 public:
  Future<T> get_return_object() { return Future<T>(Ref<StateOf<T>>(state_)); }
  auto initial_suspend() const noexcept { return Start(); }
  auto final_suspend() const noexcept { return End(); }
  void unhandled_exception() { state_->thrown = std::current_exception(); }

 protected:
  Ref<CoroutineState<T>> state_{new CoroutineState<T>};

 private:
  // Starts the coroutine: at once, or when too many are nested, back in the outermost one.
  class Start final : private ResumeListener {
   public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept {
      coroutine_ = coroutine;
      NotifyQueue::run(*this);  // this may be gone when it returns
    }
    void await_resume() const noexcept {}
  };

  // Destroys what the coroutine holds, then makes its future ready.
  struct End : std::suspend_always {
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) const noexcept {
      const Ref<CoroutineState<T>> state = static_cast<PromiseBase&>(coroutine.promise()).state_;
      coroutine.destroy();
      state->settle();
    }
  };
};

template <class T>
class Promise : public PromiseBase<T> {
 public:
  template <class Value = T, std::enable_if_t<std::is_convertible_v<Value&&, T>, int> = 0>
  void return_value(Value&& value) {
    this->state_->returned.emplace(std::forward<Value>(value));
  }
};
template <>
class Promise<void> : public PromiseBase<void> {
 public:
  void return_void() const noexcept {}
};

}  // namespace detail

// See the top of this file.
template <class T, class Values>
auto operator co_await(const AsyncResult<T, Values>& result) {
  return detail::ResultAwaiter<const AsyncResult<T, Values>&>(result);
}
template <class T, class Values>
auto operator co_await(AsyncResult<T, Values>&& result) {
  return detail::ResultAwaiter<AsyncResult<T, Values>>(std::move(result));
}
template <class T>
auto operator co_await(const Future<T>& future) {
  return detail::FutureAwaiter<const Future<T>&>(future);
}
template <class T>
auto operator co_await(Future<T>&& future) {
  return detail::FutureAwaiter<Future<T>>(std::move(future));
}
template <class T>
auto operator co_await(const ImapIterator<T>& stream) {
  return detail::StreamAwaiter<T>(stream);
}

// co_await tp::schedule(pool) goes on in a job of the pool, on a worker; so it leaves a done
// callback. Throws PoolNotRunning on the coroutine's thread when the pool refuses jobs; Terminated,
// on the thread that terminated the pool, when that was before the job ran. Since 1.1.
inline detail::PoolAwaiter schedule(ThreadPool& pool) { return detail::PoolAwaiter(pool.capi()); }

}  // namespace tp::v1

// tp::Future<int> f(tp::ThreadPool& pool) { …; co_return 1; } is a coroutine that starts at once,
// on the calling thread; its future is ready when it has ended. A worker that waits in get() can't
// help it: await it, or wait outside the pool. The future has no pool for then(). Since 1.1.
template <class T, class... Args>
struct std::coroutine_traits<tp::Future<T>, Args...> {
  using promise_type = tp::detail::Promise<T>;
};
#endif

#include "detail/epilogue.hpp"

#endif
