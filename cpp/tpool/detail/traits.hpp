// SPDX-License-Identifier: MIT
// Stage 7: what the types of values and ranges can do, asked at compile time.
#ifndef TPOOL_DETAIL_TRAITS_HPP
#define TPOOL_DETAIL_TRAITS_HPP

#include "prologue.hpp"

#include <iterator>
#include <string_view>  // has std::ranges::enable_borrowed_range; clang 14 can't compile <ranges>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tp::v1::detail {

// False, but only where it is used: for a static_assert of what should not be.
template <class... T>
inline constexpr bool is_none = false;

// Is Expression<T> a type? Expression is an alias template.
template <template <class> class Expression, class T, class = void>
inline constexpr bool is_valid = false;
template <template <class> class Expression, class T>
inline constexpr bool is_valid<Expression, T, std::void_t<Expression<T>>> = true;

// What a container holds; for any other type, the type itself.
template <class T, class = void>
struct HeldBy {
  using type = T;
};
template <class T>
struct HeldBy<T, std::void_t<typename T::allocator_type>> {
  using type = typename T::value_type;
};

// Can objects of the type be copied? A container claims so whatever it holds, so its elements are
// looked at, too. Within are the types that contain T, because a tree contains itself.
template <class T, class... Within>
constexpr bool copies();

template <class T, class... Within>
struct Copies : std::bool_constant<std::is_copy_constructible_v<T> &&
                                   copies<typename HeldBy<T>::type, T, Within...>()> {};
template <class First, class Second, class... Within>
struct Copies<std::pair<First, Second>, Within...> : Copies<std::tuple<First, Second>, Within...> {
};
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

// How a value is lent: as an lvalue; as an rvalue if it can't be copied, so that get() can move it.
template <class T>
using Lent = std::conditional_t<is_copyable<T>, std::add_lvalue_reference_t<T>,
                                std::add_rvalue_reference_t<T>>;

// begin and end as a range-for finds them.
namespace adl {
using std::begin;
using std::end;

template <class Range>
auto begin_of(Range& range) -> decltype(begin(range)) {
  return begin(range);
}
template <class Range>
auto end_of(Range& range) -> decltype(end(range)) {
  return end(range);
}
}  // namespace adl
using adl::begin_of;
using adl::end_of;

template <class Range>
using IteratorOf = decltype(begin_of(std::declval<Range&>()));
template <class Range>
using SentinelOf = decltype(end_of(std::declval<Range&>()));
template <class Range>
using ReferenceOf = decltype(*std::declval<IteratorOf<Range>&>());

template <class T>
inline constexpr bool is_range = is_valid<IteratorOf, T>&& is_valid<SentinelOf, T>;

template <class Range>
using CategoryOf = typename std::iterator_traits<IteratorOf<Range>>::iterator_category;
template <class Range>
using SizeOf = decltype(std::size(std::declval<Range&>()));
template <class Range>
using DataOf = decltype(std::data(std::declval<Range&>()));

// Is each element an object that lives as long as the range?
template <class Range, class = void>
inline constexpr bool has_lasting_elements = false;
template <class Range>
inline constexpr bool has_lasting_elements<Range, std::void_t<CategoryOf<Range>>> =
    std::is_lvalue_reference_v<ReferenceOf<Range>> &&
    std::is_base_of_v<std::forward_iterator_tag, CategoryOf<Range>>;

// Can a thread go from the first element to any other in one step? In C++20 an iterator may promise
// more than its category does.
template <class Iterator>
using PromiseOf = typename Iterator::iterator_concept;
template <class Range>
using DistanceOf =
    std::decay_t<decltype(std::declval<SentinelOf<Range>>() - std::declval<IteratorOf<Range>>())>;
template <class Range>
constexpr bool has_random_access() {
  using Iterator = std::decay_t<IteratorOf<Range>>;
  using Random = std::random_access_iterator_tag;
  if constexpr (!is_valid<DistanceOf, Range>) {
    return false;
  } else if constexpr (is_valid<PromiseOf, Iterator>) {
    return std::is_base_of_v<Random, PromiseOf<Iterator>>;
  } else if constexpr (is_valid<CategoryOf, Range>) {
    return std::is_base_of_v<Random, CategoryOf<Range>>;
  } else {
    return false;
  }
}

// Do the elements lie in one array?
template <class Range, class = void>
inline constexpr bool is_contiguous = false;
template <class Range>
inline constexpr bool is_contiguous<Range, std::void_t<DataOf<Range>, SizeOf<Range>>> =
    std::is_same_v<DataOf<Range>, std::add_pointer_t<ReferenceOf<Range>>>;

// Does the range own its elements? Those of a const container are const, unlike a const view's.
template <class Range, class = void>
inline constexpr bool is_owner = false;
template <class Range>
inline constexpr bool is_owner<Range, std::void_t<ReferenceOf<const Range>>> =
    !std::is_same_v<ReferenceOf<Range>, ReferenceOf<const Range>>;

// Does the iterator have all that it needs, so that it may outlive the range?
template <class Range>
inline constexpr bool is_borrowed =
#ifdef __cpp_lib_ranges
    std::ranges::enable_borrowed_range<Range>;
#else
    false;
#endif

// The type of a copy of an element: the iterator's value type, if an element can make one.
template <class Iterator, class Reference, class = void>
struct CopyOf {
  using type = std::decay_t<Reference>;
};
template <class Iterator, class Reference>
struct CopyOf<Iterator, Reference,
              std::enable_if_t<std::is_constructible_v<
                  typename std::iterator_traits<Iterator>::value_type, Reference>>> {
  using type = std::remove_cv_t<typename std::iterator_traits<Iterator>::value_type>;
};
template <class Range>
using ElementValue = typename CopyOf<IteratorOf<Range>, ReferenceOf<Range>>::type;

// Returns a copy, as a T, of the element at the iterator, or moves an element that can't be copied.
template <class T, class Iterator>
T copy_element(Iterator& at) {
  if constexpr (std::is_constructible_v<T, decltype(*at)>) {
    return T(*at);
  } else {
    return T(std::move(*at));
  }
}

// How a callable F gets an element: as an lvalue; as an rvalue if it is owned and F takes that.
template <class F, class Element, bool owned>
using PassedAs =
    std::conditional_t<owned && std::is_invocable_v<F&, Element&&>, Element&&, Element&>;

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
