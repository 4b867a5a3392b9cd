// SPDX-License-Identifier: MIT
// Stage 7: a pool as an execution context of Asio. Boost's, or the standalone one where
// TPOOL_STANDALONE_ASIO is defined; empty where it isn't found.
#ifndef TPOOL_ASIO_HPP
#define TPOOL_ASIO_HPP

#include "detail/prologue.hpp"

#if defined(TPOOL_STANDALONE_ASIO)
#if __has_include(<asio/execution_context.hpp>)
#define TPOOL_HAS_ASIO 1
#include <asio/execution.hpp>
#include <asio/execution_context.hpp>
#include <asio/is_executor.hpp>
namespace tp {
inline namespace v1 {
namespace detail {
namespace net = ::asio;
}
}  // namespace v1
}  // namespace tp
#endif
#elif __has_include(<boost/asio/execution_context.hpp>)
#define TPOOL_HAS_ASIO 1
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/is_executor.hpp>
namespace tp {
inline namespace v1 {
namespace detail {
namespace net = ::boost::asio;
}
}  // namespace v1
}  // namespace tp
#endif

#if defined(TPOOL_HAS_ASIO)
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "pool.hpp"

namespace tp {
inline namespace v1 {

// tp::asio_context context(pool); boost::asio::post(context, f);
//
// What post, dispatch, defer, co_spawn, bind_executor and strands are given runs as a job of the
// pool, on a worker, one job for each function; dispatch never runs it where it is. Services of
// Asio that need an event loop (sockets, timers) stay with an io_context of their own; their
// handlers run here when they are bound to this executor.
//
// Giving work never blocks, as Asio wants it (blocking.never): it takes no heed of max_pending, for
// which the functions count all the same. It throws PoolNotRunning after close or terminate. Functions that have not started when
// the pool is terminated are destroyed unrun. What a function throws is told to
// pool_options::unobserved. A context outlives what it was given: close and join the pool before.
class asio_context : public detail::net::execution_context {
 public:
  class executor_type;

  explicit asio_context(ThreadPool& pool) : pool_(pool.capi()) {}
  ~asio_context() {
    shutdown();
    destroy();
  }
  asio_context(const asio_context&) = delete;
  asio_context& operator=(const asio_context&) = delete;

  executor_type get_executor() noexcept;

 private:
  tp_pool_t* pool_;
};

// Copied freely; equal for one context.
class asio_context::executor_type {
 public:
  explicit executor_type(asio_context& context) noexcept : context_(&context) {}

  template <class F>
  void execute(F&& f) const {
    tp_job_options_t options{};
    options.size = sizeof(options);
    options.flags = TP_JOB_UNBOUNDED;  // blocking.never
    detail::forget(context_->pool_, &options, std::forward<F>(f));
  }

  asio_context& query(detail::net::execution::context_t) const noexcept { return *context_; }
  static constexpr detail::net::execution::blocking_t query(
      detail::net::execution::blocking_t) noexcept {
    return detail::net::execution::blocking.never;
  }
  executor_type require(detail::net::execution::blocking_t::never_t) const noexcept {
    return *this;
  }

  friend bool operator==(const executor_type& a, const executor_type& b) noexcept {
    return a.context_ == b.context_;
  }
  friend bool operator!=(const executor_type& a, const executor_type& b) noexcept {
    return !(a == b);
  }

 private:
  asio_context* context_;
};

inline asio_context::executor_type asio_context::get_executor() noexcept {
  return executor_type(*this);
}

}  // namespace v1
}  // namespace tp
#endif

#include "detail/epilogue.hpp"

#endif
