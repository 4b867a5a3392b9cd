// SPDX-License-Identifier: MIT
// Stage 7: C++ objects in the memory of the library, and tasks that have them as items or values.
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
#include <variant>
#include <vector>

#include "../error.hpp"

namespace tp::v1::detail {

// The object that stands for a value of type T: for void an empty one.
template <class T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

// Calls make() and returns what it returns; for void the empty object.
template <class Make>
decltype(auto) stored(Make&& make) {
  if constexpr (std::is_void_v<decltype(make())>) {
    make();
    return std::monostate();
  } else {
    return make();
  }
}

// The library aligns its memory for max_align_t, and moves objects where nothing may throw.
template <class T>
inline constexpr bool fits_in_place =
    alignof(T) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<T>;

// What lies in the library's memory for a T: the T itself if it fits, else a pointer to it.
template <class T>
using Cell = std::conditional_t<fits_in_place<Stored<T>>, T, std::unique_ptr<T>>;

// Returns the T in a cell.
template <class T>
T& open_cell(void* cell) {
  if constexpr (fits_in_place<T>) {
    return *static_cast<T*>(cell);
  } else {
    return **static_cast<Cell<T>*>(cell);
  }
}

template <class T>
void destroy(void* object) {
  static_cast<T*>(object)->~T();
}

// Replaces the T in a cell; T need not be assignable.
template <class T>
void refill_cell(void* cell, T&& value) {
  static_assert(!std::is_reference_v<T>);
  if constexpr (fits_in_place<T>) {
    destroy<T>(cell);
    ::new (cell) T(std::move(value));
  } else {
    *static_cast<Cell<T>*>(cell) = std::make_unique<T>(std::move(value));
  }
}

// Returns the slot with an index; for void there are no slots.
template <class Slot>
void* slot_at(void* slots, std::size_t index) {
  if constexpr (std::is_void_v<Slot>) {
    static_cast<void>(index);
    return slots;
  } else {
    return static_cast<Slot*>(slots) + index;
  }
}

// Constructs what make() returns in a slot: a T or a pointer to a T. For void only calls make().
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

// The same in a task. Returns 0, or 1 when make() threw; then the exception is the task's error.
template <class T, class Slot, class Make>
int fill_guarded(void* slot, Make&& make) {
  return guarded([slot, &make] { fill<T, Slot>(slot, make); });
}

template <class T>
void move_in(void* to, void* from) {
  ::new (to) T(std::move(*static_cast<T*>(from)));
}

template <class T>
void move_out(void* to, void* from) {
  move_in<T>(to, from);
  destroy<T>(from);
}

// Returns a vector of the values in an array of T or of pointers to T, which it copies or moves.
template <class T, bool copy, class Slot>
std::vector<T> vector_of(Slot* slots, std::size_t n) {
  constexpr bool is_bytes = std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>;
  if constexpr (std::is_same_v<Slot, T> && (copy || is_bytes)) {
    return std::vector<T>(slots, slots + n);
  } else {
    std::vector<T> values;  // a std::move_iterator brings a unique symbol (prologue.hpp) in C++20
    values.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      using Given = std::conditional_t<copy, const T&, T&&>;
      if constexpr (std::is_same_v<Slot, T>) {
        values.push_back(static_cast<Given>(slots[i]));
      } else {
        values.push_back(static_cast<Given>(*slots[i]));
      }
    }
    return values;
  }
}

template <class T>
inline constexpr bool moves_as_bytes =
    std::is_trivially_move_constructible_v<T>&& std::is_trivially_destructible_v<T>;

// libstdc++ never moves a std::tuple trivially, whatever the tuple holds.
template <class... T>
inline constexpr bool moves_as_bytes<std::tuple<T...>> = (... && moves_as_bytes<T>);

// How a call holds an A&& until the library accepts the job: as a reference to an rvalue, which is
// moved only then; as a copy of anything else, because copying may throw.
template <class A>
using Pending =
    std::conditional_t<std::is_lvalue_reference_v<A> || std::is_const_v<A>, std::decay_t<A>, A&&>;

// Moves an object back to where it was moved from. An object that can't be assigned, such as a
// lambda, is constructed there again, unless that may throw.
template <class Given, class T>
void move_back(Given& to, T& from) noexcept {
  if constexpr (std::is_same_v<Given, T> && !std::is_const_v<T>) {
    if constexpr (std::is_move_assignable_v<T>) {
      silenced([&to, &from] { to = std::move(from); });
    } else if constexpr (std::is_nothrow_move_constructible_v<T> && !std::is_empty_v<T>) {
      to.~T();
      ::new (static_cast<void*>(std::addressof(to))) T(std::move(from));
    }
  }
}

// Undoes the making of an object from an A&&: moves an rvalue back. An lvalue was not changed.
template <class A, class T>
void roll_back_to(std::remove_reference_t<A>& to, T& from) noexcept {
  if constexpr (!std::is_lvalue_reference_v<A>) move_back(to, from);
}

// Returns a struct of the C headers that knows its size.
template <class Struct>
Struct sized() {
  Struct made{};
  made.size = sizeof(Struct);
  return made;
}

// Returns a task that calls fn with ctx, and has no items and no values.
inline tp_task_t make_task(tp_task_fn fn, void* ctx) {
  auto task = sized<tp_task_t>();
  task.fn = fn;
  task.ctx = ctx;
  return task;
}

// Describes a task's items, which the library holds as objects of type T.
template <class T>
void describe_item(tp_task_t& task) {
  task.item_size = sizeof(T);
  if constexpr (!moves_as_bytes<T>) task.item_move = move_in<T>;
  if constexpr (!std::is_trivially_destructible_v<T>) task.item_drop = destroy<T>;
}

// Describes a task's values, which the library holds as objects of type T.
template <class T>
void describe_value(tp_task_t& task) {
  if constexpr (!std::is_void_v<T>) {
    task.value_size = sizeof(T);
    if constexpr (!moves_as_bytes<T>) task.value_move = move_out<T>;
    if constexpr (!std::is_trivially_destructible_v<T>) task.value_drop = destroy<T>;
  }
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
