// SPDX-License-Identifier: MIT
// Stage 7: what a coroutine does while it awaits a result, a future, a pool or a stream. C++20.
#ifndef TPOOL_DETAIL_AWAITERS_HPP
#define TPOOL_DETAIL_AWAITERS_HPP

#include "prologue.hpp"

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_coroutine)

#include <tpool/result.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "../error.hpp"
#include "../imap.hpp"
#include "call.hpp"
#include "guard.hpp"
#include "hop.hpp"
#include "listener.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// R is const AsyncResult& or AsyncResult&&.
template <class R>
class ResultAwaiter {
 public:
  explicit ResultAwaiter(R&& result) : result_(std::forward<R>(result)) {}

  bool await_ready() const { return result_.ready(); }
  // False when it was told meanwhile, on whatever thread: a coroutine that awaits in a loop must not
  // go on inside of this each time.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    check(tp_result_add_done_callback(result_.capi(), tell, this));
    return !met_.exchange(true);
  }
  decltype(auto) await_resume() const { return std::forward<R>(result_).get(); }

 private:
  static void tell(void* user, tp_result_t*) {
    auto& self = *static_cast<ResultAwaiter*>(user);
    const std::coroutine_handle<> coroutine = self.coroutine_;
    if (self.met_.exchange(true)) coroutine.resume();  // else this is gone by now
  }

  R&& result_;
  std::coroutine_handle<> coroutine_;
  std::atomic<bool> met_{false};  // by the second of the two: it is suspended, and it is told
};

// F is const Future& or Future&&.
template <class F>
class FutureAwaiter final : private Listener {
 public:
  explicit FutureAwaiter(F&& future) : future_(std::forward<F>(future)) {}

  bool await_ready() const { return future_.ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    auto& state = *future_.shared().get();
    if (state.is_foreign()) throw Error(TP_EFORKED);
    coroutine_ = coroutine;
    return state.listen(*this);  // this may be gone when it returns true
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
class StreamAwaiter final : private Hop {
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
    check_last(stream_.pull(TP_FOREVER, next_));
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

}  // namespace detail
}  // namespace v1
}  // namespace tp

#endif

#include "epilogue.hpp"

#endif
