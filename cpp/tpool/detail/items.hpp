// SPDX-License-Identifier: MIT
// Stage 7: the elements of a map's range as the one array of items that the library takes.
#ifndef TPOOL_DETAIL_ITEMS_HPP
#define TPOOL_DETAIL_ITEMS_HPP

#include "prologue.hpp"

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "give_back.hpp"
#include "range.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// All three: Range is T& to borrow, T to own; T&& to borrow what may be used up. at() is the element
// behind an item. give_back() undoes the making.

// May the elements be used up?
template <class Range>
inline constexpr bool owns_elements =
    !std::is_lvalue_reference_v<Range> && IsOwner<std::remove_reference_t<Range>>::value;

// The elements are the items.
template <class Range>
class DirectItems {
 public:
  using Element = std::remove_reference_t<ReferenceOf<Range>>;
  static constexpr bool owned = owns_elements<Range>;
  static constexpr std::size_t item_size = sizeof(Element);

  explicit DirectItems(Range&& range) : range_(std::forward<Range>(range)) {}

  template <class R>
  void give_back(std::remove_reference_t<R>& range) noexcept {
    give_back_if_moved<R>(range, range_);
  }

  const void* data() { return std::data(range_); }
  std::size_t size() { return static_cast<std::size_t>(std::size(range_)); }
  static Element& at(const void* item) { return *static_cast<Element*>(const_cast<void*>(item)); }

 private:
  Range range_;
};

// The items point to the elements.
template <class Range>
class PointerItems {
 public:
  using Element = std::remove_reference_t<ReferenceOf<Range>>;
  static constexpr bool owned = owns_elements<Range>;
  static constexpr std::size_t item_size = sizeof(Element*);

  explicit PointerItems(Range&& range) : range_(std::forward<Range>(range)) {
    try {
      for (auto& element : range_) pointers_.push_back(std::addressof(element));
    } catch (...) {
      give_back<Range>(range);
      throw;
    }
  }
  PointerItems(const PointerItems&) = delete;
  PointerItems& operator=(const PointerItems&) = delete;

  template <class R>
  void give_back(std::remove_reference_t<R>& range) noexcept {
    give_back_if_moved<R>(range, range_);
  }

  const void* data() { return pointers_.data(); }
  std::size_t size() { return pointers_.size(); }
  static Element& at(const void* item) { return **static_cast<Element* const*>(item); }

 private:
  Range range_;
  std::vector<Element*> pointers_;
};

// The items are made of the elements as the range is gone through, once.
template <class Range>
class ValueItems {
 public:
  using Element = ElementValue<Range>;
  static constexpr bool owned = true;

  explicit ValueItems(Range&& range) {
    auto at = begin_of(range);
    for (auto end = end_of(range); at != end; ++at) {
      items_.push_back(Item{keep_element<Element>(at)});
    }
  }

  // The range has been gone through. But what was moved out of an array goes back.
  template <class R>
  void give_back(std::remove_reference_t<R>& range) noexcept {
    if constexpr (std::is_array_v<R> && !std::is_constructible_v<Element, ReferenceOf<Range>>) {
      std::size_t i = 0;
      for (auto& element : range) detail::give_back(element, items_[i++].element);
    } else {
      static_cast<void>(range);
    }
  }

  const void* data() { return items_.data(); }
  std::size_t size() { return items_.size(); }
  static Element& at(const void* item) {
    return static_cast<Item*>(const_cast<void*>(item))->element;
  }

 private:
  // Keeps std::vector<bool> away.
  struct Item {
    Element element;
  };

  std::vector<Item> items_;

 public:
  static constexpr std::size_t item_size = sizeof(Item);
};

// An array of C that is an rvalue can't be moved as a whole.
template <class Range>
using Items = std::conditional_t<
    std::is_array_v<Range>, ValueItems<Range>,
    std::conditional_t<
        IsContiguous<std::remove_reference_t<Range>>::value, DirectItems<Range>,
        std::conditional_t<has_lasting_elements<Range>, PointerItems<Range>, ValueItems<Range>>>>;

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
