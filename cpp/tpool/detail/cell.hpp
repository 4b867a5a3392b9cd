// SPDX-License-Identifier: MIT
// Stage 7: objects in the library's memory, and the hooks that move and drop them there.
#ifndef TPOOL_DETAIL_CELL_HPP
#define TPOOL_DETAIL_CELL_HPP

#include "prologue.hpp"

#include <tpool/task.h>

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tp {
inline namespace v1 {
namespace detail {

// The library aligns for max_align_t and calls its hooks where nothing may throw.
template <class T>
inline constexpr bool fits_in_place =
    alignof(T) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<T>;

// What lies in the library's memory for a T: the T itself, or a pointer to it.
template <class T, class = void>
struct CellOf {
  using type = std::unique_ptr<T>;
};
template <class T>
struct CellOf<T, std::enable_if_t<fits_in_place<T>>> {
  using type = T;
};
template <>
struct CellOf<void> {
  using type = void;
};
template <class T>
using Cell = typename CellOf<T>::type;

// Returns the T in a cell.
template <class T>
T& open_cell(void* cell) {
  if constexpr (fits_in_place<T>) {
    return *static_cast<T*>(cell);
  } else {
    return **static_cast<Cell<T>*>(cell);
  }
}

// Returns a cell with a T made of the arguments.
template <class T, class... Args>
Cell<T> make_cell(Args&&... args) {
  if constexpr (fits_in_place<T>) {
    return T(std::forward<Args>(args)...);
  } else {
    return std::make_unique<T>(std::forward<Args>(args)...);
  }
}

template <class T>
void drop(void* object) {
  static_cast<T*>(object)->~T();
}

// Puts another T into a cell, in place of the one that is there. Needs no assignment.
template <class T>
void refill_cell(void* cell, T&& value) {
  static_assert(!std::is_reference_v<T>);
  Cell<T> filled = make_cell<T>(std::move(value));
  drop<Cell<T>>(cell);
  ::new (cell) Cell<T>(std::move(filled));
}

// Constructs what make() returns as a Slot: T itself, or a pointer to a T. For void just calls it.
template <class T, class Slot, class Make>
void fill(void* slot, Make&& make) {
  if constexpr (std::is_void_v<T>) {
    make();
  } else if constexpr (std::is_same_v<Slot, T>) {
    ::new (slot) T(make());
  } else {
    ::new (slot) Slot(new T(make()));
  }
}

template <class T>
void move_in(void* to, void* from) {
  ::new (to) T(std::move(*static_cast<T*>(from)));
}

template <class T>
void move_out(void* to, void* from) {
  move_in<T>(to, from);
  drop<T>(from);
}

// Returns what lies in an array, moved.
template <class T>
std::vector<T> moved_out(T* array, std::size_t n) {
  if constexpr (std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>) {
    return std::vector<T>(array, array + n);
  } else {
    std::vector<T> values;  // a std::move_iterator brings a unique symbol (prologue.hpp) in C++20
    values.reserve(n);
    for (std::size_t i = 0; i < n; ++i) values.push_back(std::move(array[i]));
    return values;
  }
}

template <class T>
inline constexpr bool moves_as_bytes =
    std::is_trivially_move_constructible_v<T>&& std::is_trivially_destructible_v<T>;

// A std::tuple's own moves are never trivial in libstdc++, whatever it holds.
template <class... T>
inline constexpr bool moves_as_bytes<std::tuple<T...>> = (... && moves_as_bytes<T>);

// Describes the items of a task: T as the library shall hold it.
template <class T>
void describe_item(tp_task_t& task) {
  task.item_size = sizeof(T);
  if constexpr (!moves_as_bytes<T>) task.item_move = move_in<T>;
  if constexpr (!std::is_trivially_destructible_v<T>) task.item_drop = drop<T>;
}

// Describes the values of a task.
template <class T>
void describe_value(tp_task_t& task) {
  if constexpr (!std::is_void_v<T>) {
    task.value_size = sizeof(T);
    if constexpr (!moves_as_bytes<T>) task.value_move = move_out<T>;
    if constexpr (!std::is_trivially_destructible_v<T>) task.value_drop = drop<T>;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
