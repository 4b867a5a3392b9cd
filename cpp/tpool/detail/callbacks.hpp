// SPDX-License-Identifier: MIT
// Stage 7: the callables of options and pool_options as callbacks and hooks of C.
#ifndef TPOOL_DETAIL_CALLBACKS_HPP
#define TPOOL_DETAIL_CALLBACKS_HPP

#include "prologue.hpp"

#include <tpool/error.h>
#include <tpool/pool.h>
#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "../options.hpp"
#include "exceptions.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

template <class Callback>
using ComparedToNull = decltype(std::declval<const Callback&>() == nullptr);

// Is there a callback? A std::function or a function pointer may be null.
template <class Callback>
bool is_set(const Callback& callback) {
  if constexpr (is_valid<ComparedToNull, Callback>) {
    return !(callback == nullptr);
  } else {
    return true;
  }
}

// The user object of a job. One of its two callbacks runs, once, and deletes it.
template <class Values, class Callback, class ErrorCallback>
class Callbacks {
 public:
  Callbacks(Callback callback, ErrorCallback error_callback)
      : callback_(std::move(callback)), error_callback_(std::move(error_callback)) {}

  static void succeeded(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<Callback, std::nullptr_t>) {
      guarded([&] {
        if (is_set(self->callback_)) Values::tell(self->callback_, result);
      });
    }
  }

  static void failed(void* user, tp_result_t* result) {
    const std::unique_ptr<Callbacks> self(static_cast<Callbacks*>(user));
    if constexpr (!std::is_same_v<ErrorCallback, std::nullptr_t>) {
      guarded([&] {
        if (is_set(self->error_callback_)) tell_error(self->error_callback_, result);
      });
    }
  }

 private:
  static void tell_error(ErrorCallback& callback, tp_result_t* result) {
    const tp_error_t* error = tp_result_error(result);
    std::invoke(callback, exception_of(tp_error_status(error), error));
  }

  Callback callback_;
  ErrorCallback error_callback_;
};

// Moves the callbacks into the C options. Returns their owner until the job is accepted; NULL when
// there are none.
template <class Values, class C, class E>
std::unique_ptr<Callbacks<Values, C, E>> attach_callbacks(options<C, E>& from,
                                                          tp_job_options_t& to) {
  using User = Callbacks<Values, C, E>;
  if (!is_set(from.callback) && !is_set(from.error_callback)) return nullptr;
  auto user = std::make_unique<User>(std::move(from.callback), std::move(from.error_callback));
  to.callback = User::succeeded;
  to.error_callback = User::failed;
  to.user = user.get();
  return user;
}

// The arg of a C pool's hooks, which the pool deletes at its end.
class PoolHooks {
 public:
  explicit PoolHooks(pool_options& options)
      : initializer_(std::move(options.initializer)),
        finalizer_(std::move(options.finalizer)),
        unobserved_(std::move(options.unobserved)) {}

  // Sets the hooks that are not null.
  void attach(tp_pool_options_t& to) {
    if (initializer_) to.initializer = initialize;
    if (finalizer_) to.finalizer = finalize;
    if (unobserved_) to.unobserved = report;
    to.arg = this;
    to.arg_drop = delete_as<PoolHooks>;
  }

 private:
  static PoolHooks& of(void* arg) { return *static_cast<PoolHooks*>(arg); }

  static int initialize(void* arg) { return guarded(of(arg).initializer_); }
  static void finalize(void* arg) { silenced(of(arg).finalizer_); }
  static void report(void* arg, const tp_error_t* error) {
    silenced([&] { of(arg).unobserved_(exception_of(tp_error_status(error), error)); });
  }

  std::function<void()> initializer_;
  std::function<void()> finalizer_;
  std::function<void(std::exception_ptr)> unobserved_;
};

inline tp_pool_t* create_pool(pool_options& from) {
  tp_pool_options_t to{};
  to.size = sizeof(to);
  to.workers = from.workers;
  to.name = from.name.empty() ? nullptr : from.name.c_str();
  to.flags = (from.caller_helps ? TP_POOL_CALLER_HELPS : 0) |
             (from.keep_signals ? TP_POOL_KEEP_SIGNALS : 0);
  to.max_pending = from.max_pending;
  to.cpus = from.cpus.empty() ? nullptr : from.cpus.data();
  to.n_cpus = from.cpus.size();
  to.nice = from.nice;
  auto hooks = std::make_unique<PoolHooks>(from);
  hooks->attach(to);
  tp_pool_t* pool = nullptr;
  check(tp_pool_create(&to, &pool));
  static_cast<void>(hooks.release());
  return pool;
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
