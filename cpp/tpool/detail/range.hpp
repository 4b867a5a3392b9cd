// SPDX-License-Identifier: MIT
// Stage 7: what a range is made of, asked at compile time.
#ifndef TPOOL_DETAIL_RANGE_HPP
#define TPOOL_DETAIL_RANGE_HPP

#include "prologue.hpp"

#include <iterator>
#include <type_traits>
#include <utility>

namespace tp {
inline namespace v1 {
namespace detail {

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

// May the elements be visited again, and stay where they are meanwhile?
template <class Iterator, class = void>
struct IsMultipass : std::false_type {};
template <class Iterator>
struct IsMultipass<Iterator,
                   std::void_t<typename std::iterator_traits<Iterator>::iterator_category>>
    : std::is_base_of<std::forward_iterator_tag,
                      typename std::iterator_traits<Iterator>::iterator_category> {};

// Is there an object behind each element that a pointer can name until the range goes?
template <class Range>
inline constexpr bool has_lasting_elements =
    std::is_lvalue_reference_v<ReferenceOf<Range>> && IsMultipass<IteratorOf<Range>>::value;

// Do the elements lie in one array?
template <class Range, class = void>
struct IsContiguous : std::false_type {};
template <class Range>
struct IsContiguous<Range, std::void_t<decltype(std::data(std::declval<Range&>())),
                                       decltype(std::size(std::declval<Range&>()))>>
    : std::is_same<decltype(std::data(std::declval<Range&>())),
                   std::add_pointer_t<ReferenceOf<Range>>> {};

// Do the elements belong to the range? A container hands its constness on to them; a view doesn't.
template <class Range, class = void>
struct IsOwner : std::false_type {};
template <class Range>
struct IsOwner<Range, std::void_t<ReferenceOf<const Range>>>
    : std::bool_constant<!std::is_same_v<ReferenceOf<Range>, ReferenceOf<const Range>>> {};

// What an element is kept as, when it has to be: the iterator's value type if an element makes one.
template <class Iterator, class Reference, class = void>
struct KeptAs {
  using type = std::decay_t<Reference>;
};
template <class Iterator, class Reference>
struct KeptAs<Iterator, Reference,
              std::enable_if_t<std::is_constructible_v<
                  typename std::iterator_traits<Iterator>::value_type, Reference>>> {
  using type = std::remove_cv_t<typename std::iterator_traits<Iterator>::value_type>;
};
template <class Range>
using ElementValue = typename KeptAs<IteratorOf<Range>, ReferenceOf<Range>>::type;

// Makes a T of the element that the iterator is at; moves it when it can't be copied.
template <class T, class Iterator>
T keep_element(Iterator& at) {
  if constexpr (std::is_constructible_v<T, decltype(*at)>) {
    return T(*at);
  } else {
    return T(std::move(*at));
  }
}

// How a callable F gets an element: an owned one as an rvalue if F takes that.
template <class F, class Element, bool owned>
using PassedAs =
    std::conditional_t<owned && std::is_invocable_v<F&, Element&&>, Element&&, Element&>;

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
