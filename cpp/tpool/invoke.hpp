// SPDX-License-Identifier: MIT
// Callables that may run at the same time: spawn and sync in one call.
#ifndef TPOOL_INVOKE_HPP
#define TPOOL_INVOKE_HPP

#include "detail/prologue.hpp"

#include <tpool/spawn.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "detail/cell.hpp"
#include "error.hpp"

namespace tp::v1 {
namespace detail {

// One callable of an invoke, and how its call ended.
template <class F>
class Branch {
 public:
  using Value = std::decay_t<std::invoke_result_t<F>>;

  explicit Branch(F&& f) noexcept : f_(std::forward<F>(f)) {}
  Branch(const Branch&) = delete;
  Branch& operator=(const Branch&) = delete;

  void call() {
    try {
      value_.emplace(
          stored([this]() -> decltype(auto) { return std::invoke(std::forward<F>(f_)); }));
    } catch (...) {
      pass_forced_unwind();
      exception_ = std::current_exception();
    }
  }
  // It could not run to its end.
  void fail(int status, const tp_error_t* error) { exception_ = exception_of(status, error); }

  void rethrow() {
    if (exception_) std::rethrow_exception(std::move(exception_));
  }
  // A tuple of the value, or of nothing.
  auto take() {
    if constexpr (std::is_void_v<Value>) {
      return std::tuple<>();
    } else {
      return std::tuple<Value>(*std::move(value_));
    }
  }

 private:
  F&& f_;
  std::optional<Stored<Value>> value_;
  std::exception_ptr exception_;
};

// A branch that is spawned, and synced at the end of its scope, in whatever way that comes.
template <class Branch>
class SpawnedBranch {
 public:
  explicit SpawnedBranch(Branch& branch) : branch_(branch) {
    check(tp_spawn(&spawned_, run, &branch));
  }
  ~SpawnedBranch() noexcept(false) {
    const int status = tp_sync(&spawned_);
    if (status == TP_OK) return;
    branch_.fail(status, tp_last_error());
    tp_clear_error();
  }
  SpawnedBranch(const SpawnedBranch&) = delete;
  SpawnedBranch& operator=(const SpawnedBranch&) = delete;

 private:
  static int run(void* branch) {
    static_cast<Branch*>(branch)->call();
    return 0;
  }

  Branch& branch_;
  tp_spawn_t spawned_;
};

// Spawns the branches up to last, the last one first, and calls the first one. So where no worker
// takes any, they run in their order.
template <std::size_t last, class Branches>
void run_branches(Branches& branches) {
  if constexpr (last == 0) {
    std::get<0>(branches).call();
  } else {
    SpawnedBranch<std::tuple_element_t<last, Branches>> spawned(std::get<last>(branches));
    run_branches<last - 1>(branches);
  }
}

template <class Branches, std::size_t... i>
auto values_of(Branches& branches, std::index_sequence<i...>) {
  (std::get<i>(branches).rethrow(), ...);
  return std::tuple_cat(std::get<i>(branches).take()...);
}

}  // namespace detail

// Calls each callable once and returns the tuple of their values, in their order; those that return
// void are left out. Inside a task on a worker, other workers of its pool may run all but the first
// (tp_spawn); elsewhere they run one after another. For recursion: no memory, no queue, no handle.
//
// What they refer to may be on the caller's stack: all have ended when this returns or throws. If one
// of them ends its thread (pthread_exit), none that runs after it on that thread may do so, too.
//
// Throws the exception of the first callable, in their order, that threw, after all have ended; Error: TP_EDEADLK (no
// stack was left to run one of them), TP_ELOST (one ended the worker that had taken it), TP_EFORKED (in a child that
// was forked in user code of a pool; nothing has run). Since 1.2.
template <class First, class... More>
auto invoke(First&& first, More&&... more) {
  std::tuple<detail::Branch<First>, detail::Branch<More>...> branches(std::forward<First>(first),
                                                                      std::forward<More>(more)...);
  detail::run_branches<sizeof...(More)>(branches);
  return detail::values_of(branches, std::index_sequence_for<First, More...>());
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
