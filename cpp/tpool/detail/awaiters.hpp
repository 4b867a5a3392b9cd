// SPDX-License-Identifier: MIT
// Stage 7: what a coroutine does while it awaits a result, a future, a pool or a stream. C++20.
#ifndef TPOOL_DETAIL_AWAITERS_HPP
#define TPOOL_DETAIL_AWAITERS_HPP

#include "shield.hpp"

#if defined(__has_include) && __has_include(<version>)
#include <version>
#endif

#if defined(__cpp_lib_coroutine)

#include <tpool/result.h>

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
class FutureAwaiter final : private Listener {
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

#include "unshield.hpp"

#endif
