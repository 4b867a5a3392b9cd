// SPDX-License-Identifier: MIT
// Stage 7: callables as tasks, for apply, apply_async, starmap and schedulers.
#ifndef TPOOL_DETAIL_CALL_HPP
#define TPOOL_DETAIL_CALL_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
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

namespace tp::v1::detail {

// The decay copy of what F returns for arguments A.
template <class F, class... A>
using ValueOf = std::decay_t<std::invoke_result_t<F, A...>>;

// Runs body() on a worker. Returns what body() returned, or throws what it threw. group: NULL for none.
template <class T, class Body>
T apply_now(tp_pool_t* pool, Body body, tp_group_t* group) {
  std::optional<Stored<T>> value;
  auto call = [&] { value.emplace(stored(body)); };
  const auto run = [](void* ctx, const void*, void*) {
    return guarded(*static_cast<decltype(call)*>(ctx));
  };
  const tp_task_t task = make_task(run, &call);
  auto options = sized<tp_job_options_t>();
  options.group = group;
  check_last(group ? tp_pool_map(pool, &task, nullptr, nullptr, 1, &options)
                   : tp_pool_apply(pool, &task, nullptr, nullptr));
  if constexpr (!std::is_void_v<T>) return *std::move(value);
}

// The item of an apply_async job: decay copies of a callable and its arguments.
template <class F, class... A>
using Closure = std::tuple<std::decay_t<F>, std::decay_t<A>...>;

template <class F, class... A>
using ClosureValue = ValueOf<std::decay_t<F>, std::decay_t<A>...>;

// void, if F takes the arguments.
template <class F, class... A>
using ClosureDone = std::enable_if_t<std::is_invocable_v<std::decay_t<F>, std::decay_t<A>...>>;

// Holds a closure whose making may throw, or the exception. The library makes closures where nothing may throw.
template <class Closure>
struct Box {
  std::optional<Closure> closure;
  std::exception_ptr failure;
};

// How a closure lies in the library's memory.
template <class Closure>
using ClosureItem =
    std::conditional_t<fits_in_place<Closure>, Closure, std::unique_ptr<Box<Closure>>>;

// Returns the closure of an item, or throws what making it threw.
template <class Closure>
Closure& open_closure(void* item) {
  if constexpr (fits_in_place<Closure>) {
    return *static_cast<Closure*>(item);
  } else {
    Box<Closure>& box = **static_cast<ClosureItem<Closure>*>(item);
    if (box.failure) std::rethrow_exception(box.failure);
    return *box.closure;
  }
}

// A callable and its arguments. The library makes the closure from them when it accepts the job. A
// closure of plain bytes is made at once, because that moves from nothing.
template <class F, class... A>
class Parts {
 public:
  using Closure = detail::Closure<F, A...>;

  explicit Parts(F&& f, A&&... args) : parts_(std::forward<F>(f), std::forward<A>(args)...) {
    if constexpr (!fits_in_place<Closure>) box_ = std::make_unique<Box<Closure>>();
  }

  void describe(tp_task_t& task) const {
    describe_item<ClosureItem<Closure>>(task);
    if constexpr (!is_bytes) task.item_move = move_in;
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

  static void move_in(void* item, void* from) {
    auto& self = *static_cast<Parts*>(from);
    const auto make = [&self, item](auto&&... parts) {
      self.make(item, std::forward<decltype(parts)>(parts)...);
    };
    std::apply(make, std::move(self.parts_));
  }

  template <class... Part>
  void make(void* item, Part&&... parts) {
    if constexpr (fits_in_place<Closure>) {
      ::new (item) Closure(std::forward<Part>(parts)...);
    } else {
      try {
        box_->closure.emplace(std::forward<Part>(parts)...);
      } catch (...) {
        pass_forced_unwind();
        box_->failure = std::current_exception();
      }
      ::new (item) ClosureItem<Closure>(std::move(box_));
    }
  }

  std::conditional_t<is_bytes, Closure, std::tuple<Pending<F>, Pending<A>...>> parts_;
  std::conditional_t<fits_in_place<Closure>, std::monostate, std::unique_ptr<Box<Closure>>> box_;
};

// Runs a closure once, with its arguments as rvalues.
template <class Closure, class T>
int run_closure(void*, const void* item, void* value) {
  return fill_guarded<T, Cell<T>>(value, [item]() -> decltype(auto) {
    return std::apply(
        [](auto&&... parts) -> decltype(auto) {
          return std::invoke(std::forward<decltype(parts)>(parts)...);
        },
        std::move(open_closure<Closure>(const_cast<void*>(item))));
  });
}

// Starts a job that yields a T. When the job is refused, throws and has moved nothing.
template <class T, class F, class... A>
void submit_parts(tp_pool_t* pool, Parts<F, A...>& parts, const tp_job_options_t* options,
                  tp_result_t** result) {
  tp_task_t task = make_task(run_closure<Closure<F, A...>, T>, nullptr);
  parts.describe(task);
  describe_value<Cell<T>>(task);
  check(tp_pool_apply_async(pool, &task, parts.item(), options, result));
}

// Starts f(args...) without a result.
template <class F, class... A>
void forget(tp_pool_t* pool, const tp_job_options_t* options, F&& f, A&&... args) {
  Parts<F, A...> parts(std::forward<F>(f), std::forward<A>(args)...);
  submit_parts<void>(pool, parts, options, nullptr);
}

// The options of a job that follows from other work. The thread that submits it may have ended that
// work, so it doesn't wait for room in a pool with max_pending.
inline tp_job_options_t unbounded_options() {
  auto options = sized<tp_job_options_t>();
  options.flags = TP_JOB_UNBOUNDED;
  return options;
}

// An operation that completes in a job of a pool, for schedulers and coroutines. Must live until
// the job calls complete(), once; the job does not use it afterwards. Allocates nothing.
class ScheduleOp {
 public:
  // Returns TP_OK; the pool may have called complete() by then. Or returns the refusal, and then
  // nobody calls complete().
  int submit(tp_pool_t* pool) noexcept {
    const tp_task_t task = make_task(run, this);
    tp_job_options_t options = unbounded_options();
    options.error_callback = failed;
    options.user = this;
    return tp_pool_apply_async(pool, &task, nullptr, &options, nullptr);
  }

 protected:
  ~ScheduleOp() = default;

  // Runs on a worker, with TP_OK; or, when the job has not run, in its callback, with its status.
  virtual void complete(int status) = 0;

 private:
  static int run(void* ctx, const void*, void*) {
    return guarded([ctx] { static_cast<ScheduleOp*>(ctx)->complete(TP_OK); });
  }

  static void failed(void* user, tp_result_t* job) {
    const int status = tp_error_status(tp_result_error(job));
    if (status == TP_ETASK || status == TP_ELOST) return;  // run() has completed it
    guarded([user, status] { static_cast<ScheduleOp*>(user)->complete(status); });
  }
};

template <class Row>
using Columns = std::make_index_sequence<std::tuple_size<std::decay_t<Row>>::value>;

// std::apply, but a row that doesn't fit is a substitution failure.
template <class F, class Row, std::size_t... i>
auto unpack(F& f, Row&& row, std::index_sequence<i...>)
    -> std::invoke_result_t<F&, decltype(std::get<i>(std::forward<Row>(row)))...> {
  return std::invoke(f, std::get<i>(std::forward<Row>(row))...);
}

// Calls a callable of many arguments with one row: a std::tuple, std::pair or std::array.
template <class F>
struct Star {
  F f;

  template <class Row>
  auto operator()(Row&& row)
      -> decltype(unpack(std::declval<F&>(), std::forward<Row>(row), Columns<Row>())) {
    return unpack(f, std::forward<Row>(row), Columns<Row>());
  }
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
