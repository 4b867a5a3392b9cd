// SPDX-License-Identifier: MIT
// Stage 7: what a job that may be forgotten keeps of the range that it is given.
#ifndef TPOOL_DETAIL_KEPT_HPP
#define TPOOL_DETAIL_KEPT_HPP

#include "prologue.hpp"

#include <functional>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "copyable.hpp"
#include "items.hpp"
#include "range.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// Range is what a forwarding reference makes of the argument: T& for an lvalue, T for an rvalue.
template <class Range>
using Plain = std::remove_cv_t<std::remove_reference_t<Range>>;

// Is it a std::ref(range)?
template <class T>
struct IsReferred : std::false_type {};
template <class T>
struct IsReferred<std::reference_wrapper<T>> : std::true_type {};
template <class Range>
inline constexpr bool is_referred = IsReferred<Plain<Range>>::value;

// Can only its elements be copied, because a copy of the whole is none or refers to the same?
template <class T>
struct IsList : std::is_array<T> {};
template <class T>
struct IsList<std::initializer_list<T>> : std::true_type {};
template <class Range>
inline constexpr bool is_list = IsList<Plain<Range>>::value;

// A copy of an lvalue, a view's as a view; an rvalue itself; and of std::ref the range.
template <class Range, class = void>
struct KeptOf {
  using type = Plain<Range>;
  static_assert(!std::is_lvalue_reference_v<Range> || is_copyable<type>,
                "a job keeps a copy of an lvalue range, and this one can't be copied: move it in, "
                "or pass std::ref(range) to have it borrowed");
};
template <class Range>
struct KeptOf<Range, std::enable_if_t<is_referred<Range>>> {
  using type = typename Plain<Range>::type&;
};
template <class Range>
struct KeptOf<Range, std::enable_if_t<is_list<Range>>> {
  using type = Range;
  static_assert(!std::is_lvalue_reference_v<Range> || is_copyable<ElementValue<Range>>,
                "a job keeps copies of an array's elements, and these can't be copied: pass "
                "std::ref(array) to have it borrowed");
};

template <class Range>
using KeptItems = std::conditional_t<is_list<Range>, ValueItems<typename KeptOf<Range>::type>,
                                     Items<typename KeptOf<Range>::type>>;

// Returns what KeptItems are made of. An rvalue is passed on: it is not moved here.
struct Keep {
  template <class Range>
  decltype(auto) operator()(Range&& range) const {
    if constexpr (is_referred<Range>) {
      return range.get();
    } else if constexpr (std::is_lvalue_reference_v<Range> && !is_list<Range>) {
      return Plain<Range>(range);
    } else {
      return std::forward<Range>(range);
    }
  }
};

// Returns what a stream keeps, which ends with its owner: an lvalue is borrowed. An rvalue is passed
// on, but of a list it is the copy.
struct Borrow {
  template <class Range>
  decltype(auto) operator()(Range&& range) const {
    if constexpr (is_referred<Range>) {
      return range.get();
    } else if constexpr (is_list<Range> && !std::is_lvalue_reference_v<Range>) {
      return std::vector<ElementValue<Range>>(begin_of(range), end_of(range));
    } else {
      return std::forward<Range>(range);
    }
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
