// SPDX-License-Identifier: MIT
// Stage 7: reads the values in a result: the one of apply, the vector of map.
#ifndef TPOOL_DETAIL_VALUES_HPP
#define TPOOL_DETAIL_VALUES_HPP

#include "prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "cell.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

struct ReleaseResult {
  void operator()(tp_result_t* result) const { tp_result_release(result); }
};
using OwnedResult = std::unique_ptr<tp_result_t, ReleaseResult>;

// Returns one more owner. Throws Error (TP_EINVAL) for no result, TP_EFORKED.
inline OwnedResult share(tp_result_t* result) {
  check(tp_result_ready(result));  // says why, where retain returns NULL
  return OwnedResult(tp_result_retain(result));
}

// Waits for a job and returns its slots, or throws what the job ended in.
inline void* slots_of(tp_result_t* result, double timeout) {
  void* slots = nullptr;
  const int status = tp_result_get(result, timeout, &slots);
  if (status != TP_OK) check(status, tp_result_error(result));
  return slots;
}

inline std::size_t slot_count(tp_result_t* result) {
  std::size_t n = 0;
  check(tp_result_progress(result, nullptr, &n));
  return n;
}

// All readers have Type, which get() returns: lend() leaves the values in the result, take() moves
// them out, and tell() calls a callback with them.

template <class T>
struct OneValue {
  using Type = T;

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

// A reader of n slots, which makes a new vector each time. Collector has collect<copy>(result,
// timeout), which makes it, and put_back(vector, slots), which moves it to the slots.
template <class Vector, bool copyable, class Collector>
struct VectorReader {
  using Type = Vector;

  static Vector lend(tp_result_t* result, double timeout) {
    return Collector::template collect<copyable>(result, timeout);
  }

  static Vector take(tp_result_t* result, double timeout) {
    return Collector::template collect<false>(result, timeout);
  }

  // Moves values that can't be copied into the vector, and back for get().
  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    Vector values = lend(result, TP_FOREVER);
    std::invoke(callback, std::as_const(values));
    if constexpr (!copyable) Collector::put_back(values, slots_of(result, TP_FOREVER));
  }
};

template <class T>
struct ManyValues : VectorReader<std::vector<T>, is_copyable<T>, ManyValues<T>> {
  template <bool copy>
  static std::vector<T> collect(tp_result_t* result, double timeout) {
    auto* const slots = static_cast<Cell<T>*>(slots_of(result, timeout));
    const std::size_t n = slot_count(result);
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

  static void put_back(std::vector<T>& values, void* slots) {
    auto* slot = static_cast<Cell<T>*>(slots);
    for (T& value : values) refill_cell<T>(slot++, std::move(value));
  }
};

struct NoValue {
  using Type = void;

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

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
