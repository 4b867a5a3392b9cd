// SPDX-License-Identifier: MIT
// Stage 7: whether a callable takes what a range has, and what the compiler says where it doesn't.
#ifndef TPOOL_DETAIL_FIT_HPP
#define TPOOL_DETAIL_FIT_HPP

#include "prologue.hpp"

#include <functional>
#include <type_traits>

#include "call.hpp"
#include "items.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

// The callable of the program, of which this layer may have made another one.
template <class F>
struct Unwrapped {
  using Callable = F;
  static constexpr bool takes_rows = false;
};
template <class F>
struct Unwrapped<Star<F>> {
  using Callable = F;
  static constexpr bool takes_rows = true;
};

// The range of a std::ref(range); any other type is itself.
template <class Range, class T = Plain<Range>>
struct Referred {
  using type = Range;
};
template <class Range, class T>
struct Referred<Range, std::reference_wrapper<T>> {
  using type = T&;
};

// What is wrong with a callable and a range.
enum class Mistake { none, swapped, no_range, no_element, no_row };

// Does F take what Items makes of the elements of a Range? Walked is the range itself.
template <class F, class Range, template <class> class Items, class Walked, bool = is_range<Walked>>
struct Fit {
  using Argument = PassedAs<F, typename Items<Range>::Element, Items<Range>::owned>;
  static constexpr bool takes = std::is_invocable_v<F&, Argument>;
  static constexpr Mistake mistake = takes                             ? Mistake::none
                                     : Unwrapped<Plain<F>>::takes_rows ? Mistake::no_row
                                                                       : Mistake::no_element;
  using Value = std::decay_t<typename std::conditional_t<takes, std::invoke_result<F&, Argument>,
                                                         std::common_type<void>>::type>;
};
template <class F, class Range, template <class> class Items, class Walked>
struct Fit<F, Range, Items, Walked, false> {
  static constexpr Mistake mistake =
      is_range<typename Unwrapped<Plain<F>>::Callable> ? Mistake::swapped : Mistake::no_range;
  using Value = void;
};

// If there is a mistake, the compiler names it, and nothing else: whoever asks goes on only if this
// is true.
template <class Fit>
constexpr bool fits() {
  constexpr Mistake mistake = Fit::mistake;
  static_assert(mistake != Mistake::swapped, "swap the callable and the range");
  static_assert(mistake != Mistake::no_range,
                "the range is none: pass what a range-for takes, as a container or a view");
  static_assert(mistake != Mistake::no_element,
                "the callable doesn't take an element of the range: give it one parameter, of the "
                "element's type or a const reference to that");
  static_assert(mistake != Mistake::no_row,
                "the callable doesn't take the parts of a row as its arguments: give it one "
                "parameter for each; a row is a std::tuple, std::pair or std::array");
  return mistake == Mistake::none;
}

// The kinds of jobs: a map that waits or a reduce, a map that owns its range, a stream. F is as in
// RangeJob.
template <class F, class Range>
using MapFit = Fit<F, Range, LentItems, Range>;
template <class F, class Range>
using OwnedMapFit = Fit<F, Range, OwnedItems, typename Referred<Range>::type>;
template <class F, class Range>
using StreamFit = Fit<F, Range, StreamedItems, typename Referred<Range>::type>;

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
