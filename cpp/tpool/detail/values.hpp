// SPDX-License-Identifier: MIT
// Stage 7: reads the values in a result: the one of apply, the vector of map.
#ifndef TPOOL_DETAIL_VALUES_HPP
#define TPOOL_DETAIL_VALUES_HPP

#include "prologue.hpp"

#include <tpool/pool.h>
#include <tpool/result.h>

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "cell.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

// Owns a C object, which release deletes.
template <auto release>
struct Releaser {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};
template <class Object, auto release>
using Owned = std::unique_ptr<Object, Releaser<release>>;
using OwnedResult = Owned<tp_result_t, tp_result_release>;

// Returns one more owner. Throws Error (TP_EINVAL) for no result, TP_EFORKED.
inline OwnedResult share(tp_result_t* result) {
  check(tp_result_ready(result));  // throws where retain would only return NULL
  return OwnedResult(tp_result_retain(result));
}

// Waits for a job and returns its slots, or throws what ended the job.
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

// Each reader has Type, which get() returns. read() waits for the values and lends them, or moves
// them out if moved; tell() calls a callback with them.

template <class T>
struct OneValue {
  using Type = T;

  template <bool moved>
  static std::conditional_t<moved, T, Lent<T>> read(tp_result_t* result, double timeout) {
    using As = std::conditional_t<moved, T&&, Lent<T>>;
    return static_cast<As>(open_cell<T>(slots_of(result, timeout)));
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

// A reader of n slots. Each read() of Derived makes a new vector; put_back(vector, slots) moves its
// elements back to the slots.
template <class Vector, bool copyable, class Derived>
struct VectorReader {
  using Type = Vector;

  // Moves values that can't be copied into the vector, and back for get().
  template <class Callback>
  static void tell(Callback& callback, tp_result_t* result) {
    Vector values = Derived::template read<false>(result, TP_FOREVER);
    std::invoke(callback, std::as_const(values));
    if constexpr (!copyable) Derived::put_back(values, slots_of(result, TP_FOREVER));
  }
};

template <class T>
struct ManyValues : VectorReader<std::vector<T>, is_copyable<T>, ManyValues<T>> {
  template <bool moved>
  static std::vector<T> read(tp_result_t* result, double timeout) {
    constexpr bool copy = is_copyable<T> && !moved;
    auto* const slots = static_cast<Cell<T>*>(slots_of(result, timeout));
    return vector_of<T, copy>(slots, slot_count(result));
  }

  static void put_back(std::vector<T>& values, void* slots) {
    auto* slot = static_cast<Cell<T>*>(slots);
    for (T& value : values) refill_cell<T>(slot++, std::move(value));
  }
};

// A reader of no values.
struct VoidValues {
  using Type = void;

  template <bool moved>
  static void read(tp_result_t* result, double timeout) {
    slots_of(result, timeout);
  }

  template <class Callback>
  static void tell(Callback& callback, tp_result_t*) {
    std::invoke(callback);
  }
};
template <>
struct OneValue<void> : VoidValues {};
template <>
struct ManyValues<void> : VoidValues {};

// An input iterator. Source::read_next(held) replaces the Held, a pointer or an optional, which is empty at the end.
template <class Source, class Held, class Reference>
class NextIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = std::remove_cv_t<std::remove_reference_t<Reference>>;
  using difference_type = std::ptrdiff_t;
  using pointer = std::remove_reference_t<Reference>*;
  using reference = Reference;

  NextIterator() = default;
  explicit NextIterator(Source& source) : source_(&source) { ++*this; }

  reference operator*() const { return static_cast<reference>(*held_); }
  pointer operator->() const { return held_ ? &*held_ : nullptr; }

  NextIterator& operator++() {
    source_->read_next(held_);
    return *this;
  }
  void operator++(int) { ++*this; }

  friend bool operator==(const NextIterator& a, const NextIterator& b) {
    return a.operator->() == b.operator->();
  }
  friend bool operator!=(const NextIterator& a, const NextIterator& b) { return !(a == b); }

 private:
  Source* source_ = nullptr;
  mutable Held held_{};
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
