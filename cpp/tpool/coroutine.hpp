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
// No thread blocks. After a result or future that was not ready, the coroutine goes on in a done callback, on the
// thread that made the job ready: mostly the worker that ended it, or a thread that cancelled, terminated or helped.
// There it must not wait for jobs, nor take long, because it delays other listeners; co_await tp::schedule(pool) leaves
// the callback. The awaited object must live until the coroutine goes on.
//
// When a stream has no value yet, a job of its pool waits for one and runs items of the stream meanwhile; the coroutine
// goes on in that job. When the pool refuses the job, the coroutine's thread calls next(). Neither this nor schedule()
// waits for room in a pool with max_pending, but their jobs count there.
//
// Any number of coroutines may await each other without using up the stack: when 64 of them have started or gone on one
// inside another, the thread goes on with the next one once it is back in the outermost one, or waits for a future.
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
#include <tpool/future.h>
#include <tpool/pool.h>
#include <tpool/result.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/nesting.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "future.hpp"
#include "imap.hpp"
#include "pool.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// R&& is a reference to an AsyncResult or a Future.
template <class R>
class ResultAwaiter final : private Resumption {
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
    if (self.second_.exchange(true)) Nesting::resume(self);  // if not, it may be gone by now
  }
  void resume() noexcept override { coroutine_.resume(); }

  R&& result_;
  std::coroutine_handle<> coroutine_;
  std::atomic<bool> second_{false};  // the second of await_suspend() and done() finds true
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

// The pool of what no pool makes. It has no threads, and lasts as long as the process.
class NoPool {
 public:
  static int create_promise(const tp_task_t& shape, tp_promise_t*& promise, tp_result_t*& result) {
    for (;;) {
      tp_pool_t* pool = pool_.load();
      const int status =
          pool != nullptr ? tp_promise_create(pool, &shape, &promise, &result) : int{TP_EFORKED};
      if (status != TP_EFORKED) return status;  // the pool is not that of a parent process
      auto options = sized<tp_pool_options_t>();
      options.workers = 2;  // with one, all threads would share a queue
      options.flags = TP_POOL_NO_THREADS;
      tp_pool_t* made = nullptr;
      if (const int refused = tp_pool_create(&options, &made); refused != TP_OK) return refused;
      if (!pool_.compare_exchange_strong(pool, made)) tp_pool_destroy(made);
    }
  }

 private:
  [[gnu::visibility("hidden")]] static inline std::atomic<tp_pool_t*> pool_{nullptr};
};

// What a coroutine has returned or thrown, and the promise of its future.
template <class T>
class CoroutineOutcome {
  using Slot = std::conditional_t<std::is_void_v<T>, std::monostate, Cell<T>>;

 public:
  CoroutineOutcome() {
    tp_task_t shape = make_task(nullptr, nullptr);
    describe_value<Cell<T>>(shape);
    tp_promise_t* promise = nullptr;
    tp_result_t* result = nullptr;
    check(NoPool::create_promise(shape, promise, result));
    promise_.reset(promise);
    result_.reset(result);
  }
  CoroutineOutcome(CoroutineOutcome&&) noexcept = default;

  OwnedResult take_result() noexcept { return std::move(result_); }
  void set_thrown() noexcept { thrown_ = std::current_exception(); }
  template <class Value>
  void set(Value&& value) {
    alignas(Slot) unsigned char memory[sizeof(Slot)];
    fill<T, Slot>(memory, [&]() -> T { return std::forward<Value>(value); });
    slot_.emplace(std::move(*static_cast<Slot*>(static_cast<void*>(memory))));
    destroy<Slot>(memory);
  }

  // Makes the future ready.
  void settle() noexcept {
    if (thrown_) return fail();
    alignas(Slot) unsigned char memory[sizeof(Slot)];
    if (slot_) ::new (static_cast<void*>(memory)) Slot(std::move(*slot_));
    if (tp_promise_set(promise_.get(), memory) != TP_OK && slot_) destroy<Slot>(memory);  // cut
  }

 private:
  void fail() noexcept {
    std::unique_ptr<Payload> payload(new (std::nothrow) Payload(thrown_));
    const auto drop = payload ? delete_as<Payload> : nullptr;
    if (tp_promise_fail(promise_.get(), 1, nullptr, payload.get(), drop) == TP_OK)
      static_cast<void>(payload.release());
  }

  Owned<tp_promise_t, tp_promise_release> promise_;
  OwnedResult result_;
  std::optional<Slot> slot_;
  std::exception_ptr thrown_;
};

template <class T>
class PromiseBase {
 public:
  Future<T> get_return_object() { return Future<T>(outcome_.take_result(), nullptr); }
  auto initial_suspend() const noexcept { return Start(); }
  auto final_suspend() const noexcept { return End(); }
  void unhandled_exception() { outcome_.set_thrown(); }

 protected:
  CoroutineOutcome<T> outcome_;

 private:
  // Starts the coroutine: at once, or when too many are nested, back in the outermost one.
  class Start final : private Resumption {
   public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept {
      coroutine_ = coroutine;
      Nesting::resume(*this);  // this may be gone when it returns
    }
    void await_resume() const noexcept {}

   private:
    void resume() noexcept override { coroutine_.resume(); }

    std::coroutine_handle<> coroutine_;
  };

  // Destroys what the coroutine holds, then makes its future ready.
  struct End : std::suspend_always {
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) const noexcept {
      auto outcome = std::move(static_cast<PromiseBase&>(coroutine.promise()).outcome_);
      coroutine.destroy();
      outcome.settle();
    }
  };
};

template <class T>
class Promise : public PromiseBase<T> {
 public:
  template <class Value = T, std::enable_if_t<std::is_convertible_v<Value&&, T>, int> = 0>
  void return_value(Value&& value) {
    this->outcome_.set(std::forward<Value>(value));
  }
};
template <>
class Promise<void> : public PromiseBase<void> {
 public:
  void return_void() const noexcept {}
};

}  // namespace detail

// Of an AsyncResult, a Future or a stream: see the top of this file.
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
  return detail::ResultAwaiter<const Future<T>&>(future);
}
template <class T>
auto operator co_await(Future<T>&& future) {
  return detail::ResultAwaiter<Future<T>>(std::move(future));
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
