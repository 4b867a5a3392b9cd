// SPDX-License-Identifier: MIT
// Stage 7: a callable of many arguments as one of a tuple, for starmap.
#ifndef TPOOL_DETAIL_STAR_HPP
#define TPOOL_DETAIL_STAR_HPP

#include "prologue.hpp"

#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tp {
inline namespace v1 {
namespace detail {

template <class Row>
using Columns = std::make_index_sequence<std::tuple_size<std::decay_t<Row>>::value>;

// std::apply, but a wrong row is an overload that drops out.
template <class F, class Row, std::size_t... i>
auto unpack(F& f, Row&& row, std::index_sequence<i...>)
    -> std::invoke_result_t<F&, decltype(std::get<i>(std::forward<Row>(row)))...> {
  return std::invoke(f, std::get<i>(std::forward<Row>(row))...);
}

// Row is a std::tuple, std::pair or std::array.
template <class F>
struct Star {
  F f;

  template <class Row>
  auto operator()(Row&& row)
      -> decltype(unpack(std::declval<F&>(), std::forward<Row>(row), Columns<Row>())) {
    return unpack(f, std::forward<Row>(row), Columns<Row>());
  }
};

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
