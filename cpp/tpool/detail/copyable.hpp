// SPDX-License-Identifier: MIT
// Stage 7: whether an object can be copied, also where its type claims more than it can do.
#ifndef TPOOL_DETAIL_COPYABLE_HPP
#define TPOOL_DETAIL_COPYABLE_HPP

#include "prologue.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace tp {
inline namespace v1 {
namespace detail {

// What a container holds; anything else holds itself.
template <class T, class = void>
struct HeldBy {
  using type = T;
};
template <class T>
struct HeldBy<T, std::void_t<typename T::allocator_type>> {
  using type = typename T::value_type;
};

// Within is what T is a part of: a tree is a part of itself.
template <class T, class... Within>
constexpr bool copies();

// A container says yes whatever it holds. Pairs and tuples are what they consist of.
template <class T, class... Within>
struct Copies : std::bool_constant<std::is_copy_constructible_v<T> &&
                                   copies<typename HeldBy<T>::type, T, Within...>()> {};
template <class A, class B, class... Within>
struct Copies<std::pair<A, B>, Within...>
    : std::bool_constant<copies<A, Within...>() && copies<B, Within...>()> {};
template <class... Part, class... Within>
struct Copies<std::tuple<Part...>, Within...>
    : std::bool_constant<(... && copies<Part, Within...>())> {};

template <class T, class... Within>
constexpr bool copies() {
  if constexpr ((... || std::is_same_v<T, Within>)) {
    return true;
  } else {
    return Copies<T, Within...>::value;
  }
}

template <class T>
inline constexpr bool is_copyable = copies<T>();

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
