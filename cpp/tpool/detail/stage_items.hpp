// SPDX-License-Identifier: MIT
// The values of a stream as the items of another one.
#ifndef TPOOL_DETAIL_STAGE_ITEMS_HPP
#define TPOOL_DETAIL_STAGE_ITEMS_HPP

#include "prologue.hpp"

#include <tpool/result.h>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "../imap.hpp"
#include "cell.hpp"
#include "items.hpp"

namespace tp::v1::detail {

// The source of a second stage. An item is a value of the first stage, or the exception of its
// failed item, which the second stage's item then throws.
template <class Range>
class StageItems : public HeldRange<Range> {
  using Value = typename Plain<Range>::value_type;
  using Item = std::variant<Value, std::exception_ptr>;
  using Slot = Cell<Item>;

 public:
  using Element = Value;
  static constexpr bool owned = true;
  static constexpr bool borrows = std::is_lvalue_reference_v<Range>;
  using HeldRange<Range>::HeldRange;

  static void describe(tp_task_t& task) { describe_item<Slot>(task); }
  auto cursor(const void* items) { return static_cast<Slot*>(const_cast<void*>(items)); }
  static Value& element(Slot* at) {
    Item& item = open_cell<Item>(at);
    if (const auto* const failure = std::get_if<1>(&item)) std::rethrow_exception(*failure);
    return std::get<0>(item);
  }

  // A tp_source_fn. Fails where the first stage was cut short.
  static int pull(void* source, void* slot) {
    const auto& stream = static_cast<StageItems*>(source)->range_;
    bool more = false;
    const int failed = guarded([&stream, &more, slot] {
      if (std::optional<Item> item = next(stream)) {
        fill<Item, Slot>(slot, [&item] { return std::move(*item); });
        more = true;
      }
    });
    return failed != 0 ? -1 : static_cast<int>(more);
  }

 private:
  template <class T>
  static std::optional<Item> next(const ImapIterator<T>& stream) {
    std::optional<Value> value;
    const int status = stream.pull(TP_FOREVER, value);
    if (status == TP_ETASK || status == TP_ELOST)
      return Item(std::in_place_index<1>, take_exception(status));
    check_last(status);
    if (!value) return std::nullopt;
    return Item(std::in_place_index<0>, std::move(*value));
  }
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
