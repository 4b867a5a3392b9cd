// SPDX-License-Identifier: MIT
// A pool as a scheduler of senders, in the shape of std::execution.
#ifndef TPOOL_EXECUTOR_HPP
#define TPOOL_EXECUTOR_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/status.h>

#if defined(__cpp_lib_senders)
#include <execution>
#endif

#include <exception>
#include <type_traits>
#include <utility>

#include "detail/call.hpp"
#include "error.hpp"
#include "pool.hpp"

namespace tp::v1 {

// tp::scheduler(pool).schedule() returns a sender. Once started, it submits a job to the pool and
// calls one of these member functions of the receiver, on an rvalue, as in C++26:
//
//   set_value()                     in the job, on a worker;
//   set_stopped()                   when the pool was terminated before the job ran, on the thread
//                                   that terminated it;
//   set_error(std::exception_ptr)   in start() when the pool refuses the job, as by PoolNotRunning;
//                                   or when the pool broke.
//
// start() never waits for room under max_pending, but the job counts: the thread that calls start()
// may have ended the work that the job follows from.
//
// These types work with the senders of the standard library where it has them; elsewhere they have
// the same shape, for other libraries. The pool must outlive what is started. Since 1.1.
class scheduler {
 public:
  // Refers to the pool. Never throws.
  explicit scheduler(ThreadPool& pool) noexcept : pool_(pool.capi()) {}

#if defined(__cpp_lib_senders)
  using scheduler_concept = std::execution::scheduler_t;
#endif

  // Must stay where it is from start() until it has completed.
  template <class Receiver>
  class operation final : private detail::ScheduleOp {
   public:
#if defined(__cpp_lib_senders)
    using operation_state_concept = std::execution::operation_state_t;
#endif

    operation(tp_pool_t* pool, Receiver receiver) : pool_(pool), receiver_(std::move(receiver)) {}
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    void start() noexcept {
      const int status = submit(pool_);  // this may be gone when it returns TP_OK
      if (status != TP_OK) fail(status);
    }

   private:
    void complete(int status) override {
      if (status == TP_OK) return std::move(receiver_).set_value();
      if (status == TP_ETERMINATED) return std::move(receiver_).set_stopped();
      fail(status);
    }

    void fail(int status) { std::move(receiver_).set_error(detail::exception_of(status, nullptr)); }

    tp_pool_t* pool_;
    Receiver receiver_;
  };

  class sender {
   public:
#if defined(__cpp_lib_senders)
    using sender_concept = std::execution::sender_t;
    using completion_signatures =
        std::execution::completion_signatures<std::execution::set_value_t(),
                                              std::execution::set_stopped_t(),
                                              std::execution::set_error_t(std::exception_ptr)>;

    // Tells on which scheduler set_value() is called.
    struct env {
      tp_pool_t* pool;
      using OfValue = std::execution::get_completion_scheduler_t<std::execution::set_value_t>;
      scheduler query(OfValue) const noexcept { return scheduler(pool); }
    };
    env get_env() const noexcept { return {pool_}; }
#endif

    template <class Receiver>
    operation<std::decay_t<Receiver>> connect(Receiver&& receiver) const {
      return {pool_, std::forward<Receiver>(receiver)};
    }

   private:
    friend class scheduler;
    explicit sender(tp_pool_t* pool) noexcept : pool_(pool) {}

    tp_pool_t* pool_;
  };

  // Returns a sender, which may be connected and started many times. Never throws.
  sender schedule() const noexcept { return sender(pool_); }

  // Two are equal when they are of one pool.
  friend bool operator==(const scheduler& a, const scheduler& b) noexcept {
    return a.pool_ == b.pool_;
  }
  friend bool operator!=(const scheduler& a, const scheduler& b) noexcept { return !(a == b); }

 private:
  explicit scheduler(tp_pool_t* pool) noexcept : pool_(pool) {}

  tp_pool_t* pool_;
};

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
