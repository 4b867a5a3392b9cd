// SPDX-License-Identifier: MIT
// Stage 7: a callable and its arguments as a task, for apply and apply_async.
#ifndef TPOOL_DETAIL_CALL_HPP
#define TPOOL_DETAIL_CALL_HPP

#include <tpool/submit.h>

#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "../error.hpp"
#include "cell.hpp"
#include "guard.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// What a call of F with A yields, kept.
template <class F, class... A>
using ValueOf = std::decay_t<std::invoke_result_t<F, A...>>;

// A void where an object is needed.
template <class T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// Runs body() on a worker and returns what it returned, or throws what it threw.
template <class T, class Body>
T apply_now(tp_pool_t* pool, Body body) {
  struct Call {
    Body& body;
    std::optional<Stored<T>> value;

    static int run(void* ctx, const void*, void*) {
      auto& call = *static_cast<Call*>(ctx);
      return guarded([&call] {
        if constexpr (std::is_void_v<T>) {
          call.body();
        } else {
          call.value.emplace(call.body());
        }
      });
    }
  };
  Call call{body, std::nullopt};
  tp_task_t task{};
  task.size = sizeof(task);
  task.fn = Call::run;
  task.ctx = &call;
  check_last(tp_pool_apply(pool, &task, nullptr, nullptr));
  if constexpr (!std::is_void_v<T>) return *std::move(call.value);
}

// A callable and its arguments, all decayed: the item of an apply_async job. A small one that is
// bytes travels as bytes.
template <class F, class... A>
using Closure = std::tuple<std::decay_t<F>, std::decay_t<A>...>;

template <class F, class... A>
using ClosureValue = ValueOf<std::decay_t<F>, std::decay_t<A>...>;

// Runs a closure once: what it holds is passed on as rvalues.
template <class Closure, class T>
int run_closure(void*, const void* item, void* value) {
  auto& closure = open_cell<Closure>(const_cast<void*>(item));
  return guarded([&closure, value] {
    fill<T, Cell<T>>(value, [&closure]() -> decltype(auto) {
      return std::apply(
          [](auto&&... parts) -> decltype(auto) {
            return std::invoke(std::forward<decltype(parts)>(parts)...);
          },
          std::move(closure));
    });
  });
}

template <class T, class Closure>
tp_result_t* submit_closure(tp_pool_t* pool, Cell<Closure>& item, const tp_job_options_t& options) {
  tp_task_t task{};
  task.size = sizeof(task);
  task.fn = run_closure<Closure, T>;
  describe_item<Cell<Closure>>(task);
  describe_value<Cell<T>>(task);
  tp_result_t* result = nullptr;
  check(tp_pool_apply_async(pool, &task, &item, &options, &result));
  return result;
}

// Starts a call that nobody asks for.
template <class F, class... A>
void forget(tp_pool_t* pool, const tp_job_options_t* options, F&& f, A&&... args) {
  using Closure = detail::Closure<F, A...>;
  auto item = make_cell<Closure>(std::forward<F>(f), std::forward<A>(args)...);
  tp_task_t task{};
  task.size = sizeof(task);
  task.fn = run_closure<Closure, void>;
  describe_item<Cell<Closure>>(task);
  check(tp_pool_apply_async(pool, &task, &item, options, nullptr));
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#endif
