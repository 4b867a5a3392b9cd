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
    if (const auto* const exception = std::get_if<1>(&item)) std::rethrow_exception(*exception);
    return std::get<0>(item);
  }

  // A tp_source_fn. Fails where the first stage was cut short.
  static int pull(void* source, void* slot) {
    auto& self = *static_cast<StageItems*>(source);
    return pull_guarded([&self, slot] {
      std::optional<Value> value;
      const int status = take(self.range_, value);
      if (status == TP_ETASK || status == TP_ELOST)
        fill<Item, Slot>(slot, [status] { return Item(failure, take_exception(status)); });
      else if (check_last(status) == TP_OK)
        fill<Item, Slot>(slot, [&value] { return Item(success, std::move(*value)); });
      else
        return false;
      return true;
    });
  }

 private:
  static constexpr std::in_place_index_t<0> success{};
  static constexpr std::in_place_index_t<1> failure{};

  template <class T>
  static int take(const ImapIterator<T>& stream, std::optional<Value>& value) {
    return stream.pull(TP_FOREVER, value);
  }
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
