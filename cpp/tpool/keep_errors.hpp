// SPDX-License-Identifier: MIT
// Stage 7: a map that yields the outcome of each item instead of failing with one of them.
#ifndef TPOOL_KEEP_ERRORS_HPP
#define TPOOL_KEEP_ERRORS_HPP

#include "detail/prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>
#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "detail/call.hpp"
#include "detail/cell.hpp"
#include "detail/copyable.hpp"
#include "detail/give_back.hpp"
#include "detail/guard.hpp"
#include "detail/map_job.hpp"
#include "detail/values.hpp"
#include "error.hpp"
#include "pool.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {

// How one item ended: in a T, or in an exception.
template <class T>
class Outcome {
 public:
  using value_type = detail::Stored<T>;

  // Is made of std::in_place_index<0> and a value, or of <1> and an exception.
  template <class V>
  Outcome(std::in_place_index_t<0>, V&& value)
      : value_(std::in_place_t(), std::forward<V>(value)) {}
  Outcome(std::in_place_index_t<1>, std::exception_ptr error) : error_(std::move(error)) {}

  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  // Returns the value; an empty std::monostate for void. Throws the item's exception when there is
  // none: what the task threw; with map_async also Error (TP_ELOST).
  value_type& value() & { return checked(*this); }
  const value_type& value() const& { return checked(*this); }
  value_type&& value() && { return std::move(checked(*this)); }

  // Returns the item's exception; a null one when there is a value.
  std::exception_ptr error() const { return error_; }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    if (!self.has_value()) std::rethrow_exception(self.error_);
    return *self.value_;
  }

  std::optional<value_type> value_;  // a std::variant brings unique symbols (prologue.hpp)
  std::exception_ptr error_;
};

namespace detail {

// A reader of results, as OneValue: the outcomes of a map job with TP_JOB_KEEP_ERRORS.
template <class T>
struct Outcomes {
  using Vector = std::vector<Outcome<T>>;

  static Vector lend(tp_result_t* result, double timeout) {
    return collect<is_copyable<Stored<T>>>(result, timeout);
  }
  static Vector take(tp_result_t* result, double timeout) {
    return collect<false>(result, timeout);
  }

  // Values that can't be copied are moved to the vector, and back for get().
  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    Vector outcomes = lend(result, TP_FOREVER);
    std::invoke(callback, std::as_const(outcomes));
    if constexpr (!is_copyable<Stored<T>>) put_back(outcomes, result);
  }

 private:
  template <bool copy>
  static Vector collect(tp_result_t* result, double timeout) {
    void* const slots = slots_of(result, timeout);
    std::size_t n = 0;
    check(tp_result_progress(result, nullptr, &n));
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

  static void put_back(Vector& outcomes, tp_result_t* result) {
    auto* slot = static_cast<Cell<T>*>(slots_of(result, TP_FOREVER));
    for (Outcome<T>& outcome : outcomes) {
      if (outcome) refill_cell<T>(slot, std::move(outcome).value());
      ++slot;
    }
  }
};

// Yields how a call of F ended.
template <class F>
struct Catching {
  F& f;

  template <class Element>
  auto operator()(Element&& element) const -> Outcome<ValueOf<F&, Element>> {
    using Caught = Outcome<ValueOf<F&, Element>>;
    try {
      if constexpr (std::is_void_v<ValueOf<F&, Element>>) {
        std::invoke(f, std::forward<Element>(element));
        return Caught(std::in_place_index_t<0>(), std::monostate());
      } else {
        return Caught(std::in_place_index_t<0>(), std::invoke(f, std::forward<Element>(element)));
      }
    } catch (...) {
      pass_forced_unwind();
      return Caught(std::in_place_index_t<1>(), std::current_exception());
    }
  }
};

}  // namespace detail

// What map_async with keep_errors returns: get() yields a std::vector<Outcome<T>>, and throws only
// what ends the job as a whole: Canceled, Terminated, TimeoutError (its deadline), Error
// (TP_EINIT).
template <class T>
using OutcomesResult = AsyncResult<std::vector<Outcome<T>>, detail::Outcomes<T>>;

template <class F, class Range, class C, class E>
auto ThreadPool::map_async(keep_errors_t, F&& f, Range&& range, options<C, E> how) {
  using Job = detail::MapJob<std::decay_t<F>, detail::KeptItems<Range>>;
  using T = typename Job::Value;
  const auto start = [&](std::unique_ptr<Job>& job) {
    return start_map<OutcomesResult<T>, detail::Outcomes<T>>(job, how, TP_JOB_KEEP_ERRORS);
  };
  return detail::start_job<Job>(std::forward<F>(f), std::forward<Range>(range), detail::Keep(),
                                start);
}

template <class F, class Range>
auto ThreadPool::map(keep_errors_t, F&& f, Range&& range, const options<>& how) {
  if (how.fail_fast) throw Error(TP_EINVAL);
  return map(detail::Catching<std::remove_reference_t<F>>{f}, std::forward<Range>(range), how);
}

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
