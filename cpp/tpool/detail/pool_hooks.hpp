// SPDX-License-Identifier: MIT
// Stage 7: the callables of pool_options as the hooks of a C pool.
#ifndef TPOOL_DETAIL_POOL_HOOKS_HPP
#define TPOOL_DETAIL_POOL_HOOKS_HPP

#include "prologue.hpp"

#include <tpool/error.h>
#include <tpool/pool.h>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "../error.hpp"
#include "../options.hpp"
#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// The arg of the C hooks; the pool deletes it at its end.
class PoolHooks {
 public:
  explicit PoolHooks(pool_options& options)
      : initializer_(std::move(options.initializer)),
        finalizer_(std::move(options.finalizer)),
        unobserved_(std::move(options.unobserved)) {}

  // Sets the hooks that there are.
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

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
