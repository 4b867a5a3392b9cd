// SPDX-License-Identifier: MIT
// Stage 7: a map that yields the outcome of each item instead of failing with one of them.
#ifndef TPOOL_KEEP_ERRORS_HPP
#define TPOOL_KEEP_ERRORS_HPP

#include <tpool/pool.h>
#include <tpool/result.h>
#include <tpool/submit.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "detail/call.hpp"
#include "detail/cell.hpp"
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

  // Never throw, but for what T's own move throws.
  explicit Outcome(value_type&& value) : either_(std::in_place_index<0>, std::move(value)) {}
  explicit Outcome(const value_type& value) : either_(std::in_place_index<0>, value) {}
  explicit Outcome(std::exception_ptr error) : either_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return either_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Returns the value; an empty std::monostate for void. Throws the item's exception when there is
  // none: what the task threw, or Error (TP_ELOST).
  value_type& value() & { return checked(*this); }
  const value_type& value() const& { return checked(*this); }
  value_type&& value() && { return std::move(checked(*this)); }

  // Returns the item's exception; a null one when there is a value.
  std::exception_ptr error() const {
    return has_value() ? std::exception_ptr() : std::get<1>(either_);
  }

 private:
  template <class Self>
  static auto& checked(Self& self) {
    if (!self.has_value()) std::rethrow_exception(std::get<1>(self.either_));
    return std::get<0>(self.either_);
  }

  std::variant<value_type, std::exception_ptr> either_;
};

namespace detail {

// A reader of results, as OneValue: the outcomes of a map job with TP_JOB_KEEP_ERRORS.
template <class T>
struct Outcomes {
  using Vector = std::vector<Outcome<T>>;

  static Vector lend(tp_result_t* result, double timeout) {
    return collect<std::is_copy_constructible_v<Stored<T>>>(result, timeout);
  }
  static Vector take(tp_result_t* result, double timeout) {
    return collect<false>(result, timeout);
  }

  // Values that can't be copied are seen by the callback, and gone for get().
  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    const Vector outcomes = lend(result, TP_FOREVER);
    std::invoke(callback, outcomes);
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
        outcomes.emplace_back(exception_of(status, tp_result_item_error(result, i)));
      } else if constexpr (std::is_void_v<T>) {
        outcomes.emplace_back(std::monostate());
      } else {
        T& value = open_cell<T>(static_cast<Cell<T>*>(slots) + i);
        outcomes.emplace_back(static_cast<std::conditional_t<copy, const T&, T&&>>(value));
      }
    }
    return outcomes;
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
  using Job = detail::MapJob<std::decay_t<F>, Range>;
  using T = typename Job::Value;
  auto job = std::make_unique<Job>(std::forward<F>(f), std::forward<Range>(range));
  return start_map<OutcomesResult<T>, detail::Outcomes<T>>(std::move(job), how, TP_JOB_KEEP_ERRORS);
}

template <class F, class Range>
auto ThreadPool::map(keep_errors_t, F&& f, Range&& range, const options<>& how) {
  return map_async(keep_errors, std::ref(f), std::forward<Range>(range), how).get();
}

}  // namespace v1
}  // namespace tp

#endif
