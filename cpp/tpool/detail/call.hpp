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
#include "exceptions.hpp"

namespace tp::v1::detail {

// The decay copy of what F returns for arguments A.
template <class F, class... A>
using ValueOf = std::decay_t<std::invoke_result_t<F, A...>>;

// A tp_task_fn whose ctx is a callable of the caller's.
template <class Body>
int run_borrowed(void* ctx, const void*, void*) {
  return guarded(*static_cast<Body*>(ctx));
}

// Runs body() on a worker. Returns what it returned, or throws what it threw.
template <class T, class Body>
T apply_now(tp_pool_t* pool, Body body) {
  std::optional<Stored<T>> value;
  auto call = [&body, &value] {
    if constexpr (std::is_void_v<T>) {
      body();
    } else {
      value.emplace(body());
    }
  };
  const tp_task_t task = make_task(run_borrowed<decltype(call)>, &call);
  check_last(tp_pool_apply(pool, &task, nullptr, nullptr));
  if constexpr (!std::is_void_v<T>) return *std::move(value);
}

// The item of an apply_async job: decay copies of a callable and its arguments.
template <class F, class... A>
using Closure = std::tuple<std::decay_t<F>, std::decay_t<A>...>;

template <class F, class... A>
using ClosureValue = ValueOf<std::decay_t<F>, std::decay_t<A>...>;

// How a closure lies in the library's memory. The library makes it where nothing may throw; so one
// whose making may throw keeps the exception, and open() throws that.
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

// A callable and its arguments, from which the library makes the closure once it has accepted the
// job. A closure whose objects are plain bytes is made at once: that moves nothing.
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
  std::conditional_t<is_bytes, Closure, std::tuple<Pending<F>, Pending<A>...>> parts_;
};

// Runs a closure once, with its arguments as rvalues.
template <class Closure, class T>
int run_closure(void*, const void* item, void* value) {
  return fill_guarded<T, Cell<T>>(value, [item]() -> decltype(auto) {
    return std::apply(
        [](auto&&... parts) -> decltype(auto) {
          return std::invoke(std::forward<decltype(parts)>(parts)...);
        },
        std::move(ClosureItem<Closure>::open(const_cast<void*>(item))));
  });
}

// Starts a job that yields a T. Throws when it is refused, and then has moved nothing.
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

// Options of a job that follows from other work. The thread that starts it may have ended that
// work, and must not wait for room in a pool with max_pending.
inline tp_job_options_t unbounded_options() {
  tp_job_options_t options{};
  options.size = sizeof(options);
  options.flags = TP_JOB_UNBOUNDED;
  return options;
}

// An operation that completes in a job of a pool, for schedulers and coroutines. Must live until
// complete() is called, once; the job does not use it afterwards. Allocates nothing.
class ScheduleOp {
 public:
  // Returns TP_OK; or the refusal, and then complete() is never called. The pool may call it before
  // this returns.
  int submit(tp_pool_t* pool) noexcept {
    const tp_task_t task = make_task(run, this);
    tp_job_options_t options = unbounded_options();
    options.error_callback = failed;
    options.user = this;
    return tp_pool_apply_async(pool, &task, nullptr, &options, nullptr);
  }

 protected:
  ScheduleOp() = default;
  ~ScheduleOp() = default;
  ScheduleOp(const ScheduleOp&) = default;
  ScheduleOp& operator=(const ScheduleOp&) = default;

  // Runs on a worker with TP_OK; or, for a job that has not run, in its callback with its status.
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

// std::apply, except that a row that doesn't fit is a substitution failure.
template <class F, class Row, std::size_t... i>
auto unpack(F& f, Row&& row, std::index_sequence<i...>)
    -> std::invoke_result_t<F&, decltype(std::get<i>(std::forward<Row>(row)))...> {
  return std::invoke(f, std::get<i>(std::forward<Row>(row))...);
}

// A callable of many arguments as a callable of one row, for starmap. A row is a std::tuple,
// std::pair or std::array.
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
