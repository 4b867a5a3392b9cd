// SPDX-License-Identifier: MIT
// Stage 7: the elements of a range as the items of a job, and what the job keeps of the range.
#ifndef TPOOL_DETAIL_ITEMS_HPP
#define TPOOL_DETAIL_ITEMS_HPP

#include "prologue.hpp"

#include <tpool/task.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "cell.hpp"
#include "traits.hpp"

namespace tp::v1 {

template <class T>
class ImapIterator;

}  // namespace tp::v1

namespace tp::v1::detail {

// In all kinds of items, Range is T& to borrow a range, T to own it, T&& to borrow it and move from its elements.
// describe() tells a task of the items. cursor() returns a cursor at the first one of an array of items; ++ moves it
// on, and element() returns the element there. roll_back() undoes the making from an R&&.

// May the job move from the elements?
template <class Range>
inline constexpr bool owns_elements =
    !std::is_lvalue_reference_v<Range> && is_owner<std::remove_reference_t<Range>>;

// Where a job finds an element that lasts: the element itself. Another one is copied or made for the job.
template <class Range, bool = has_lasting_elements<Range>>
struct ElementIn : std::remove_reference<ReferenceOf<Range>> {};
template <class Range>
struct ElementIn<Range, false> : CopyOf<IteratorOf<Range>, ReferenceOf<Range>> {};
template <class Range>
using ElementOf = typename ElementIn<Range>::type;
template <class Range>
inline constexpr bool owns_element_of = !has_lasting_elements<Range> || owns_elements<Range>;

// Holds a range whose elements stay where they are.
template <class Range>
class HeldRange {
 public:
  using Element = std::remove_reference_t<ReferenceOf<Range>>;
  static constexpr bool owned = owns_elements<Range>;

  explicit HeldRange(Range&& range) : range_(std::forward<Range>(range)) {}
  HeldRange(const HeldRange&) = delete;
  HeldRange& operator=(const HeldRange&) = delete;

  template <class R>
  void roll_back(std::remove_reference_t<R>& range) noexcept {
    roll_back_to<R>(range, range_);
  }

 protected:
  // Calls make(). When that throws, undoes the making from a Range&&.
  template <class Make>
  void make_from(std::remove_reference_t<Range>& range, Make make) {
    try {
      make();
    } catch (...) {
      roll_back<Range>(range);
      throw;
    }
  }

  Range range_;
};

// Returns how many bytes lie between two items of a kind.
template <class Items>
std::size_t item_size_of() {
  tp_task_t task{};
  Items::describe(task);
  return task.item_size;
}

// Returns how many items lie before one of them.
template <class Items>
std::size_t index_of(Items& items, const void* item) {
  const auto bytes =
      reinterpret_cast<std::uintptr_t>(item) - reinterpret_cast<std::uintptr_t>(items.data());
  return bytes / item_size_of<Items>();
}

// The elements lie in one array and are the items.
template <class Range>
class DirectItems : public HeldRange<Range> {
 public:
  using typename HeldRange<Range>::Element;
  using HeldRange<Range>::HeldRange;

  const void* data() { return std::data(this->range_); }
  std::size_t size() { return static_cast<std::size_t>(std::size(this->range_)); }
  static void describe(tp_task_t& task) { task.item_size = sizeof(Element); }
  Element* cursor(const void* items) { return static_cast<Element*>(const_cast<void*>(items)); }
  static Element& element(Element* at) { return *at; }
};

// The items point to the elements.
template <class Range>
class PointerItems : public HeldRange<Range> {
 public:
  using typename HeldRange<Range>::Element;

  explicit PointerItems(Range&& range) : HeldRange<Range>(std::forward<Range>(range)) {
    this->make_from(range, [this] {
      for (auto& element : this->range_) pointers_.push_back(std::addressof(element));
    });
  }

  const void* data() { return pointers_.data(); }
  std::size_t size() { return pointers_.size(); }
  static void describe(tp_task_t& task) { task.item_size = sizeof(Element*); }
  Element* const* cursor(const void* items) { return static_cast<Element* const*>(items); }
  static Element& element(Element* const* at) { return **at; }

 private:
  std::vector<Element*> pointers_;
};

// An element is reached by its index, which the address of its item tells: there is nothing to read
// there. An element that doesn't last is made when its item runs.
template <class Range>
class IndexedItems : public HeldRange<Range> {
  static constexpr bool lasts = has_lasting_elements<Range>;
  using Iterator = std::decay_t<IteratorOf<Range>>;

 public:
  using Element = ElementOf<Range>;
  static constexpr bool owned = owns_element_of<Range>;

  explicit IndexedItems(Range&& range) : HeldRange<Range>(std::forward<Range>(range)) {
    this->make_from(range, [this] {
      first_.emplace(begin_of(this->range_));
      size_ = static_cast<std::size_t>(end_of(this->range_) - *first_);
    });
  }

  const void* data() { return reinterpret_cast<const void*>(kFirst); }
  std::size_t size() { return size_; }
  static void describe(tp_task_t& task) { task.item_size = 1; }
  Iterator cursor(const void* items) {
    return *first_ +
           static_cast<DistanceOf<Range>>(reinterpret_cast<std::uintptr_t>(items) - kFirst);
  }
  static std::conditional_t<lasts, Element&, Element> element(Iterator& at) {
    if constexpr (lasts) {
      return *at;
    } else {
      return copy_element<Element>(at);
    }
  }

 private:
  static constexpr std::uintptr_t kFirst = 1;  // NULL is no array

  std::optional<Iterator> first_;
  std::size_t size_ = 0;
};

// The items are copies of the elements. One pass over the range makes them.
template <class Range>
class CopiedItems {
 public:
  using Element = ElementValue<Range>;
  static constexpr bool owned = true;

  explicit CopiedItems(Range&& range) {
    auto at = begin_of(range);
    for (auto end = end_of(range); at != end; ++at) {
      items_.push_back(Item{copy_element<Element>(at)});
    }
  }

  // Moves back the elements that were moved out of an array. Any other pass can't be undone.
  template <class R>
  void roll_back(std::remove_reference_t<R>& range) noexcept {
    if constexpr (std::is_array_v<R> && !std::is_constructible_v<Element, ReferenceOf<Range>>) {
      auto item = items_.begin();
      for (auto& element : range) move_back(element, (item++)->element);
    }
    static_cast<void>(range);
  }

  const void* data() { return items_.data(); }
  std::size_t size() { return items_.size(); }
  static void describe(tp_task_t& task) { task.item_size = sizeof(Item); }

 private:
  // Avoids std::vector<bool>.
  struct Item {
    Element element;
  };

 public:
  Item* cursor(const void* items) { return static_cast<Item*>(const_cast<void*>(items)); }
  static Element& element(Item* at) { return at->element; }

 private:
  std::vector<Item> items_;
};

// Can the items of a job look for the elements when they run? Not for those that a view makes of
// the elements of another range: a job that only keeps the view may outlive the other range.
template <class Range>
inline constexpr bool is_indexed = has_random_access<Range>() &&
                                   (std::is_reference_v<Range> || has_lasting_elements<Range> ||
                                    is_owner<Range> || is_borrowed<Range>);

// The items of a map. They are copies of an rvalue array of C, which can't be moved as a whole.
template <class Range>
using Items = std::conditional_t<
    std::is_array_v<Range>, CopiedItems<Range>,
    std::conditional_t<
        is_contiguous<std::remove_reference_t<Range>>, DirectItems<Range>,
        std::conditional_t<is_indexed<Range>, IndexedItems<Range>,
                           std::conditional_t<has_lasting_elements<Range>, PointerItems<Range>,
                                              CopiedItems<Range>>>>>;

// Runs the body of a tp_source_fn, which returns whether it has made an item.
template <class Body>
int pull_guarded(Body body) {
  bool more = false;
  const int failed = guarded([&more, &body] { more = body(); });
  return failed != 0 ? -1 : static_cast<int>(more);
}

// The source of a stream. An item is a pointer to an element that lasts, else a copy of the element. Does not touch the
// range before the first pull, and moves on from an element only at the next pull.
template <class Range>
class StreamItems : public HeldRange<Range> {
  static constexpr bool lasts = has_lasting_elements<Range>;

 public:
  using Element = ElementOf<Range>;
  using Item = Cell<std::conditional_t<lasts, Element*, Element>>;
  static constexpr bool owned = owns_element_of<Range>;
  static constexpr bool borrows = std::is_lvalue_reference_v<Range>;
  using HeldRange<Range>::HeldRange;

  static void describe(tp_task_t& task) { describe_item<Item>(task); }
  Item* cursor(const void* items) { return static_cast<Item*>(const_cast<void*>(items)); }
  static Element& element(Item* at) {
    if constexpr (lasts) {
      return **at;
    } else {
      return open_cell<Element>(at);
    }
  }

  // A tp_source_fn.
  static int pull(void* source, void* item) {
    auto& self = *static_cast<StreamItems*>(source);
    return pull_guarded([&self, item] {
      if (!self.advance()) return false;
      if constexpr (lasts) {
        ::new (item) Item(std::addressof(**self.at_));
      } else {
        fill<Element, Item>(item, [&self] { return copy_element<Element>(*self.at_); });
      }
      return true;
    });
  }

 private:
  bool advance() {
    if (at_) {
      ++*at_;
    } else {
      at_.emplace(begin_of(this->range_));
      end_.emplace(end_of(this->range_));
    }
    return *at_ != *end_;
  }

  std::optional<std::decay_t<IteratorOf<Range>>> at_;
  std::optional<std::decay_t<SentinelOf<Range>>> end_;
};

// Below, Range is that of a forwarding reference Range&&: T& for an lvalue, T for an rvalue.

template <class Range>
using Plain = std::remove_cv_t<std::remove_reference_t<Range>>;

// Is it a stream of values?
template <class T>
std::true_type stream_base(const ImapIterator<T>*);
std::false_type stream_base(const void*);
template <class Range>
inline constexpr bool is_stream = decltype(stream_base(static_cast<Plain<Range>*>(nullptr)))::value;

// Its values as the items of another one (stage_items.hpp).
template <class Range>
class StageItems;

// Is it a std::ref(range)? T is the Plain type.
template <class T>
inline constexpr bool is_referred = false;
template <class T>
inline constexpr bool is_referred<std::reference_wrapper<T>> = true;

// Must the elements be copied one by one? An array can't be copied; a copied list shares them.
template <class T>
inline constexpr bool is_list = std::is_array_v<T>;
template <class T>
inline constexpr bool is_list<std::initializer_list<T>> = true;

// Returns what makes the range of a job that owns it: for an lvalue a copy, for a list the lvalue,
// for a std::ref the range, for an rvalue that rvalue, not yet moved.
struct OwnRange {
  template <class Range>
  decltype(auto) operator()(Range&& range) const {
    constexpr bool is_rvalue = std::is_same_v<Range, Plain<Range>>;
    if constexpr (is_referred<Plain<Range>>) {
      return range.get();
    } else if constexpr (!is_rvalue && !is_list<Plain<Range>>) {
      static_assert(is_copyable<Plain<Range>>,
                    "a job keeps a copy of an lvalue range, and this one can't be copied: move it "
                    "in, or pass std::ref(range) to have it borrowed");
      return Plain<Range>(range);
    } else {
      static_assert(is_rvalue || is_copyable<ElementValue<Range>>,
                    "a job keeps copies of an array's elements, and these can't be copied: pass "
                    "std::ref(array) to have it borrowed");
      return std::forward<Range>(range);
    }
  }
};

// Returns what makes the range of a stream, whose end waits for the job: the lvalue, for a std::ref
// the range, for an rvalue list a copy, for another rvalue that rvalue, not yet moved.
struct BorrowRange {
  template <class Range>
  decltype(auto) operator()(Range&& range) const {
    if constexpr (is_referred<Plain<Range>>) {
      return range.get();
    } else if constexpr (is_list<Plain<Range>> && !std::is_lvalue_reference_v<Range>) {
      return std::vector<ElementValue<Range>>(begin_of(range), end_of(range));
    } else {
      return std::forward<Range>(range);
    }
  }
};

// How a job holds what Hold makes of a range: as a T& for a reference, else as a T.
template <class Hold, class Range, class Made = std::invoke_result_t<Hold, Range>>
using HeldAs =
    std::conditional_t<std::is_lvalue_reference_v<Made>, Made, std::remove_reference_t<Made>>;

// The items of a map that waits for its end, of one that owns its range, and of a stream.
template <class Range>
using LentItems = Items<Range&&>;
template <class Range>
using OwnedItems = std::conditional_t<is_list<Plain<Range>>, CopiedItems<HeldAs<OwnRange, Range>>,
                                      Items<HeldAs<OwnRange, Range>>>;
template <class Range>
using StreamedItems = std::conditional_t<is_stream<HeldAs<BorrowRange, Range>>,
                                         StageItems<HeldAs<BorrowRange, Range>>,
                                         StreamItems<HeldAs<BorrowRange, Range>>>;

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
