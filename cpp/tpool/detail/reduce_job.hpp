// SPDX-License-Identifier: MIT
// A reduce of the elements of a range to one object.
#ifndef TPOOL_DETAIL_REDUCE_JOB_HPP
#define TPOOL_DETAIL_REDUCE_JOB_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "items.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

// Where partials lie. at() returns the one of a slot, which is empty at first. Plain bytes lie in the slots.
template <class T, bool in_place =
                       std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t)>
class Partials {
 public:
  using Slot = std::optional<T>;
  static Slot& at(Slot& slot) { return slot; }
};

// The library drops no partial, so other objects lie in nodes that end with the call.
template <class T>
class Partials<T, false> {
  struct Node {
    std::optional<T> partial;
    Node* next;
  };

 public:
  using Slot = Node*;

  Partials() = default;
  ~Partials() {
    for (Node* node = nodes_.load(); node != nullptr;) delete std::exchange(node, node->next);
  }
  Partials(const Partials&) = delete;
  Partials& operator=(const Partials&) = delete;

  std::optional<T>& at(Slot& slot) {
    if (slot == nullptr) {
      slot = new Node{std::nullopt, nodes_.load()};
      while (!nodes_.compare_exchange_weak(slot->next, slot)) {
      }
    }
    return slot->partial;
  }

 private:
  std::atomic<Node*> nodes_{nullptr};
};

// Returns the element.
struct Same {
  template <class Element>
  Element&& operator()(Element&& element) const noexcept {
    return std::forward<Element>(element);
  }
};

// The context of a blocking reduce, on the caller's stack. A partial begins with the value of its
// first element, or, before element 0, with init; so there need be no neutral T.
template <class T, class Op, class F, class Items>
class ReduceJob {
  using Argument = PassedAs<F, typename Items::Element, Items::owned>;
  using Slot = typename Partials<T>::Slot;

 public:
  template <class Range>
  ReduceJob(Range&& range, T&& init, Op& op, F& f)
      : items_(std::forward<Range>(range)), init_(std::move(init)), op_(op), f_(f) {}

  T run(tp_pool_t* pool, const tp_job_options_t& options) {
    const Slot none{};
    Slot whole{};
    tp_reduce_t how{sizeof(how), add, combine, this, &none, sizeof(Slot)};
    const std::size_t n = items_.size();
    first_ = static_cast<const char*>(items_.data());
    check_last(tp_pool_reduce(pool, &how, n, &options, &whole));
    return n == 0 ? std::move(init_) : *std::move(partials_.at(whole));
  }

 private:
  // A tp_reduce_fn, in which f and op are inlined.
  static int add(void* ctx, std::size_t begin, std::size_t end, void* slot) {
    auto& job = *static_cast<ReduceJob*>(ctx);
    return guarded([&] { job.add_to(job.partials_.at(*static_cast<Slot*>(slot)), begin, end); });
  }

  static int combine(void* ctx, void* into, void* from) {
    auto& job = *static_cast<ReduceJob*>(ctx);
    return guarded([&] {
      auto& left = job.partials_.at(*static_cast<Slot*>(into));
      auto& right = job.partials_.at(*static_cast<Slot*>(from));
      *left = static_cast<T>(job.op_(*std::move(left), *std::move(right)));
      right.reset();
    });
  }

  void add_to(std::optional<T>& partial, std::size_t begin, std::size_t end) {
    auto cursor = items_.cursor(first_ + begin * item_size_of<Items>());
    if (begin == 0) {
      partial.emplace(std::move(init_));
    } else if (!partial) {
      visit(cursor, [&](auto&& value) { partial.emplace(std::forward<decltype(value)>(value)); });
      ++begin;
      ++cursor;
    }
    T total = *std::move(partial);  // a local object may be a register
    for (; begin != end; ++begin, ++cursor) {
      visit(cursor, [&](auto&& value) {
        total = static_cast<T>(op_(std::move(total), std::forward<decltype(value)>(value)));
      });
    }
    *partial = std::move(total);
  }

  // Calls use() with f of an element, which may be made just for that.
  template <class Cursor, class Use>
  void visit(Cursor& cursor, Use use) {
    auto&& element = Items::element(cursor);
    use(std::invoke(f_, static_cast<Argument>(element)));
  }

  Items items_;
  T init_;
  Op& op_;
  F& f_;
  const char* first_ = nullptr;  // of the items
  Partials<T> partials_;
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
