// SPDX-License-Identifier: MIT
// A pool as an execution context of Boost.Asio, or of the standalone Asio where
// TPOOL_STANDALONE_ASIO is defined. Empty where that is not installed. Since 1.1.
#ifndef TPOOL_ASIO_HPP
#define TPOOL_ASIO_HPP

#include "detail/prologue.hpp"

#if defined(TPOOL_STANDALONE_ASIO)
#if __has_include(<asio/execution_context.hpp>)
#define TPOOL_HAS_ASIO 1
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/is_executor.hpp>
#define TPOOL_ASIO ::asio
#endif
#elif __has_include(<boost/asio/execution_context.hpp>)
#define TPOOL_HAS_ASIO 1
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/is_executor.hpp>
#define TPOOL_ASIO ::boost::asio
#endif

#if defined(TPOOL_HAS_ASIO)
#include <utility>

#include "detail/call.hpp"
#include "pool.hpp"

namespace tp::v1 {
namespace detail {
namespace net = TPOOL_ASIO;
namespace asio = net::execution;
}  // namespace detail

// tp::asio_context context(pool); boost::asio::post(context, f);
//
// Runs each function that post, dispatch, defer, co_spawn, bind_executor or a strand submits as a job of the pool, on a
// worker; dispatch never runs it on the calling thread. Services of Asio that need an event loop (sockets, timers) need
// an io_context too; their handlers run here when they are bound to this executor.
//
// Submitting never blocks (Asio's blocking.never): it doesn't wait for room under max_pending, but
// the functions count. It throws PoolNotRunning after close or terminate. Terminating the pool
// destroys the functions that have not started. The pool calls pool_options::unobserved with what a
// function throws. The context must outlive the functions: close and join the pool before.
class asio_context : public detail::net::execution_context {
 public:
  // Refers to the pool. Throws std::bad_alloc.
  explicit asio_context(ThreadPool& pool) : pool_(pool.capi()) {}
  ~asio_context() {
    shutdown();
    destroy();
  }
  asio_context(const asio_context&) = delete;
  asio_context& operator=(const asio_context&) = delete;

  // A reference to a context. Two are equal when they are of one context.
  class executor_type {
   public:
    explicit executor_type(asio_context& context) noexcept : context_(&context) {}

    template <class F>
    void execute(F&& f) const {
      const tp_job_options_t options = detail::unbounded_options();
      detail::forget(context_->pool_, &options, std::forward<F>(f));
    }

    asio_context& query(detail::asio::context_t) const noexcept { return *context_; }
    static constexpr detail::asio::blocking_t query(detail::asio::blocking_t) noexcept {
      return detail::asio::blocking.never;
    }
    executor_type require(detail::asio::blocking_t::never_t) const noexcept { return *this; }

    friend bool operator==(const executor_type& a, const executor_type& b) noexcept {
      return a.context_ == b.context_;
    }
    friend bool operator!=(const executor_type& a, const executor_type& b) noexcept {
      return !(a == b);
    }

   private:
    asio_context* context_;
  };

  // Returns an executor of this context. Never throws.
  executor_type get_executor() noexcept { return executor_type(*this); }

 private:
  tp_pool_t* pool_;
};

}  // namespace tp::v1
#undef TPOOL_ASIO
#endif

#include "detail/epilogue.hpp"

#endif
