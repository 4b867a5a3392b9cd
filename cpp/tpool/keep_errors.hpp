// SPDX-License-Identifier: MIT
// A map that yields the outcome of each item, and fails with none of them. Since 1.1.
#ifndef TPOOL_KEEP_ERRORS_HPP
#define TPOOL_KEEP_ERRORS_HPP

#include "detail/prologue.hpp"

#include <tpool/result.h>
#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/range_job.hpp"
#include "detail/traits.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "pool.hpp"
#include "result.hpp"
#include "submit.hpp"

namespace tp::v1 {

// How one item ended: with a T or with an exception.
template <class T>
class Outcome {
 public:
  using value_type = detail::Stored<T>;

  // Takes std::in_place_index<0> and a value, or std::in_place_index<1> and an exception.
  template <class Value>
  Outcome(std::in_place_index_t<0>, Value&& value)
      : value_(std::in_place_t(), std::forward<Value>(value)) {}
  Outcome(std::in_place_index_t<1>, std::exception_ptr error) : error_(std::move(error)) {}

  // Returns true when the item succeeded. Never throws.
  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  // Lends the value; an empty std::monostate for void. Throws the item's exception when it failed:
  // what the task threw, or, with map_async, Error (TP_ELOST) for a task that ended its thread.
  value_type& value() & { return checked(*this); }
  const value_type& value() const& { return checked(*this); }
  value_type&& value() && { return std::move(checked(*this)); }

  // Returns the item's exception; null when there is a value.
  std::exception_ptr error() const { return error_; }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    if (!self.has_value()) std::rethrow_exception(self.error_);
    return *self.value_;
  }

  std::optional<value_type> value_;  // a std::variant would bring unique symbols (prologue.hpp)
  std::exception_ptr error_;
};

namespace detail {

// The reader of a map job with TP_JOB_KEEP_ERRORS.
template <class T>
struct Outcomes : VectorReader<std::vector<Outcome<T>>, is_copyable<Stored<T>>, Outcomes<T>> {
  using Vector = std::vector<Outcome<T>>;

  template <bool moved>
  static Vector read(tp_result_t* result, double timeout) {
    constexpr bool copy = is_copyable<Stored<T>> && !moved;
    void* const slots = slots_of(result, timeout);
    const std::size_t n = slot_count(result);
    Vector outcomes;
    outcomes.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      const int status = tp_result_item_status(result, i);
      if (status != TP_OK) {
        outcomes.emplace_back(std::in_place_index_t<1>(),
                              exception_of(status, tp_result_item_error(result, i)));
      } else if constexpr (std::is_void_v<T>) {
        outcomes.emplace_back(std::in_place_index_t<0>(), std::monostate());
      } else {
        T& value = open_cell<T>(static_cast<Cell<T>*>(slots) + i);
        using As = std::conditional_t<copy, const T&, T&&>;
        outcomes.emplace_back(std::in_place_index_t<0>(), static_cast<As>(value));
      }
    }
    return outcomes;
  }

  static void put_back(Vector& outcomes, void* slots) {
    auto* slot = static_cast<Cell<T>*>(slots);
    for (Outcome<T>& outcome : outcomes) {
      if (outcome) refill_cell<T>(slot, std::move(outcome).value());
      ++slot;
    }
  }
};

// Calls f and returns how that ended.
template <class F>
struct Catching {
  F& f;

  template <class Element>
  auto operator()(Element&& element) const -> Outcome<ValueOf<F&, Element>> {
    using Caught = Outcome<ValueOf<F&, Element>>;
    try {
      return Caught(std::in_place_index_t<0>(), stored([&]() -> decltype(auto) {
                      return std::invoke(f, std::forward<Element>(element));
                    }));
    } catch (...) {
      pass_forced_unwind();
      return Caught(std::in_place_index_t<1>(), std::current_exception());
    }
  }
};
template <class F>
struct Unwrapped<Catching<F>> : Unwrapped<F> {};

}  // namespace detail

// The result of map_async with keep_errors: get() yields a std::vector<Outcome<T>>, one for each
// element, in the order of the range. It throws only what ends the job as a whole: Canceled,
// Terminated, TimeoutError (the job's deadline), Error (TP_EINIT).
template <class T>
using OutcomesResult = AsyncResult<std::vector<Outcome<T>>, detail::Outcomes<T>>;

template <class Owner>
template <class F, class Range, class C, class E>
auto JobCalls<Owner>::map_async(keep_errors_t, F&& f, Range&& range, options<C, E> how) const {
  tp_job_options_t to = tpool_options(how);
  to.flags |= TP_JOB_KEEP_ERRORS;
  return detail::start_map<detail::Outcomes>(tpool_target().pool, std::forward<F>(f),
                                             std::forward<Range>(range), how, to);
}

template <class Owner>
template <class F, class Range>
auto JobCalls<Owner>::map(keep_errors_t, F&& f, Range&& range, const options<>& how) const {
  if (how.fail_fast) throw Error(TP_EINVAL);
  return map(detail::Catching<std::remove_reference_t<F>>{f}, std::forward<Range>(range), how);
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
