// SPDX-License-Identifier: MIT
// Stage 7: a pool as a scheduler of senders, in the shape of std::execution.
#ifndef TPOOL_EXECUTOR_HPP
#define TPOOL_EXECUTOR_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/status.h>

#if defined(__has_include)
#if __has_include(<version>)
#include <version>
#endif
#endif
#if defined(__cpp_lib_senders)
#include <execution>
#endif

#include <exception>
#include <type_traits>
#include <utility>

#include "detail/hop.hpp"
#include "error.hpp"
#include "pool.hpp"

namespace tp {
inline namespace v1 {

// tp::scheduler(pool).schedule() is a sender that completes in a job of the pool, on a worker:
//
//   set_value()                     there;
//   set_stopped()                   when the pool was terminated before the job ran, on the thread
//                                   that terminated it;
//   set_error(std::exception_ptr)   in start() when the pool takes no job: PoolNotRunning and the
//                                   like; or once the pool broke.
//
// start() never waits: where it follows from other work, that would hold up the thread that has ended
// the work. So it takes no heed of max_pending, for which the job counts all the same.
//
// All are member functions of the receiver, called on an rvalue, as in C++26. Where the standard
// library has senders, these types take part in them; elsewhere the shape alone is there, for a
// receiver and a library of senders of one's own. The pool has to outlive what is started.
class scheduler {
 public:
  explicit scheduler(ThreadPool& pool) noexcept : pool_(pool.capi()) {}

#if defined(__cpp_lib_senders)
  using scheduler_concept = std::execution::scheduler_t;
#endif

  // What start() begins; stays where it is until it has completed.
  template <class Receiver>
  class operation final : private detail::Hop {
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
    void land(int status) override {
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

    // Where it completes with a value.
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

  sender schedule() const noexcept { return sender(pool_); }

  // Of the same pool?
  friend bool operator==(const scheduler& a, const scheduler& b) noexcept {
    return a.pool_ == b.pool_;
  }
  friend bool operator!=(const scheduler& a, const scheduler& b) noexcept { return !(a == b); }

 private:
  explicit scheduler(tp_pool_t* pool) noexcept : pool_(pool) {}

  tp_pool_t* pool_;
};

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
