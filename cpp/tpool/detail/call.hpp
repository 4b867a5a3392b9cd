// SPDX-License-Identifier: MIT
// Stage 7: a callable and its arguments as a task, for apply and apply_async.
#ifndef TPOOL_DETAIL_CALL_HPP
#define TPOOL_DETAIL_CALL_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "../error.hpp"
#include "cell.hpp"
#include "give_back.hpp"
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

// How a closure lies in the library's memory. One whose making may throw is made where that is
// caught: it throws when it is opened.
template <class Closure, bool in_place = fits_in_place<Closure>>
struct ClosureItem {
  using type = Closure;
  using Box = std::monostate;

  static Closure& open(void* item) { return *static_cast<Closure*>(item); }

  template <class... Part>
  static void make(void* item, Box&, Part&&... parts) noexcept {
    ::new (item) Closure(std::forward<Part>(parts)...);
  }
};
template <class Closure>
struct ClosureItem<Closure, false> {
  struct Made {
    std::optional<Closure> closure;
    std::exception_ptr failure;
  };
  using type = std::unique_ptr<Made>;
  struct Box {
    type made = std::make_unique<Made>();
  };

  static Closure& open(void* item) {
    Made& made = **static_cast<type*>(item);
    if (made.failure) std::rethrow_exception(made.failure);
    return *made.closure;
  }

  template <class... Part>
  static void make(void* item, Box& box, Part&&... parts) {
    try {
      box.made->closure.emplace(std::forward<Part>(parts)...);
    } catch (...) {
      pass_forced_unwind();
      box.made->failure = std::current_exception();
    }
    ::new (item) type(std::move(box.made));
  }
};

// A callable and its arguments on the way into a closure, which the library has made of them when
// it has accepted the job. A closure that is bytes is made at once: that moves nothing.
template <class F, class... A>
class Parts {
 public:
  using Closure = detail::Closure<F, A...>;
  using Item = ClosureItem<Closure>;

  explicit Parts(F&& f, A&&... args) : parts_(std::forward<F>(f), std::forward<A>(args)...) {}

  void describe(tp_task_t& task) const {
    describe_item<typename Item::type>(task);
    if constexpr (!is_bytes) task.item_move = make;
  }
  const void* item() const {
    if constexpr (is_bytes) {
      return &parts_;
    } else {
      return this;
    }
  }

 private:
  static constexpr bool is_bytes = fits_in_place<Closure> && moves_as_bytes<Closure>;

  static void make(void* item, void* from) {
    auto& self = *static_cast<Parts*>(from);
    std::apply(
        [&self, item](auto&&... parts) {
          Item::make(item, self.box_, std::forward<decltype(parts)>(parts)...);
        },
        std::move(self.parts_));
  }

  typename Item::Box box_{};
  std::conditional_t<is_bytes, Closure, std::tuple<Waiting<F>, Waiting<A>...>> parts_;
};

// Runs a closure once: what it holds is passed on as rvalues.
template <class Closure, class T>
int run_closure(void*, const void* item, void* value) {
  return guarded([item, value] {
    auto& closure = ClosureItem<Closure>::open(const_cast<void*>(item));
    fill<T, Cell<T>>(value, [&closure]() -> decltype(auto) {
      return std::apply(
          [](auto&&... parts) -> decltype(auto) {
            return std::invoke(std::forward<decltype(parts)>(parts)...);
          },
          std::move(closure));
    });
  });
}

template <class T, class F, class... A>
tp_result_t* submit_parts(tp_pool_t* pool, Parts<F, A...>& parts, const tp_job_options_t& options) {
  tp_task_t task{};
  task.size = sizeof(task);
  task.fn = run_closure<Closure<F, A...>, T>;
  parts.describe(task);
  describe_value<Cell<T>>(task);
  tp_result_t* result = nullptr;
  check(tp_pool_apply_async(pool, &task, parts.item(), &options, &result));
  return result;
}

// Starts a call that nobody asks for.
template <class F, class... A>
void forget(tp_pool_t* pool, const tp_job_options_t* options, F&& f, A&&... args) {
  Parts<F, A...> parts(std::forward<F>(f), std::forward<A>(args)...);
  tp_task_t task{};
  task.size = sizeof(task);
  task.fn = run_closure<Closure<F, A...>, void>;
  parts.describe(task);
  check(tp_pool_apply_async(pool, &task, parts.item(), options, nullptr));
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
