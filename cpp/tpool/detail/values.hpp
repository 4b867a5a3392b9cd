// SPDX-License-Identifier: MIT
// Stage 7: reads the values in a result: the one of apply, the vector of map.
#ifndef TPOOL_DETAIL_VALUES_HPP
#define TPOOL_DETAIL_VALUES_HPP

#include "prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "cell.hpp"
#include "copyable.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// How a value is lent. What can't be copied is lent as an rvalue, for `auto v = r.get();` to move.
template <class T>
using Lent = std::conditional_t<is_copyable<T>, std::add_lvalue_reference_t<T>,
                                std::add_rvalue_reference_t<T>>;

// Waits and returns the slots, or throws what the job ended in.
inline void* slots_of(tp_result_t* result, double timeout) {
  void* slots = nullptr;
  const int status = tp_result_get(result, timeout, &slots);
  if (status != TP_OK) check(status, tp_result_error(result));
  return slots;
}

// Both readers: lend() leaves the values in the result, take() moves them out, tell() calls a
// callback with them.

template <class T>
struct OneValue {
  static Lent<T> lend(tp_result_t* result, double timeout) {
    return static_cast<Lent<T>>(open_cell<T>(slots_of(result, timeout)));
  }

  static T take(tp_result_t* result, double timeout) {
    return std::move(open_cell<T>(slots_of(result, timeout)));
  }

  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    T& value = open_cell<T>(slots_of(result, TP_FOREVER));
    if constexpr (std::is_invocable_v<Callback&, const T&>) {
      std::invoke(callback, std::as_const(value));
    } else {
      std::invoke(callback, std::move(value));
    }
  }
};

// The values of a map lie in n slots; each vector is made from them.
template <class T>
struct ManyValues {
  static std::vector<T> lend(tp_result_t* result, double timeout) {
    return collect<is_copyable<T>>(result, timeout);
  }

  static std::vector<T> take(tp_result_t* result, double timeout) {
    return collect<false>(result, timeout);
  }

  // Values that can't be copied are moved to the vector, and back for get().
  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    std::vector<T> values = lend(result, TP_FOREVER);
    std::invoke(callback, std::as_const(values));
    if constexpr (!is_copyable<T>) put_back(values, result);
  }

 private:
  template <bool copy>
  static std::vector<T> collect(tp_result_t* result, double timeout) {
    auto* const slots = static_cast<Cell<T>*>(slots_of(result, timeout));
    const std::size_t n = size_of(result);
    if constexpr (fits_in_place<T> && copy) {
      return std::vector<T>(slots, slots + n);
    } else if constexpr (fits_in_place<T>) {
      return moved_out(slots, n);
    } else {
      std::vector<T> values;
      values.reserve(n);
      for (std::size_t i = 0; i < n; ++i) {
        values.push_back(static_cast<std::conditional_t<copy, T&, T&&>>(*slots[i]));
      }
      return values;
    }
  }

  static void put_back(std::vector<T>& values, tp_result_t* result) {
    auto* slot = static_cast<Cell<T>*>(slots_of(result, TP_FOREVER));
    for (T& value : values) refill_cell<T>(slot++, std::move(value));
  }

  static std::size_t size_of(tp_result_t* result) {
    std::size_t n = 0;
    check(tp_result_progress(result, nullptr, &n));
    return n;
  }
};

struct NoValue {
  static void lend(tp_result_t* result, double timeout) { slots_of(result, timeout); }
  static void take(tp_result_t* result, double timeout) { slots_of(result, timeout); }

  template <class Callback>
  static void tell(Callback& callback, tp_result_t*) {
    std::invoke(callback);
  }
};
template <>
struct OneValue<void> : NoValue {};
template <>
struct ManyValues<void> : NoValue {};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
