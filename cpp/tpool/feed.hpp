// SPDX-License-Identifier: MIT
// A stream whose items are pushed.
#ifndef TPOOL_FEED_HPP
#define TPOOL_FEED_HPP

#include "detail/prologue.hpp"

#include <tpool/result.h>
#include <tpool/submit.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "detail/cell.hpp"
#include "error.hpp"
#include "imap.hpp"
#include "options.hpp"
#include "timeout.hpp"

namespace tp::v1 {

// The stream that ThreadPool::feed returns for a callable that takes an Item and returns a T. Any
// threads may push. All else is as for the stream of imap: its end cancels what has not started.
template <class Item, class T>
class FeedIterator : public ImapIterator<T> {
 public:
  using ImapIterator<T>::ImapIterator;

  // Gives the stream an item; waits while the window is full. Throws Canceled when the stream was
  // cut, Error: TP_EINVAL behind push_end(), TP_EDEADLK inside an item of the stream when the
  // window is full. When it throws, it has not moved from the item.
  void push(Item&& item) const { push(std::move(item), detail::kForever); }
  void push(const Item& item) const { push(item, detail::kForever); }

  // The same for at most timeout. Returns false when the window stayed full.
  bool push(Item&& item, Timeout timeout) const {
    return detail::check_in_time(tp_result_push(this->capi(), &item, timeout.count()));
  }
  bool push(const Item& item, Timeout timeout) const { return push(Item(item), timeout); }

  // Says that no more items will come. A further call has no effect.
  void push_end() const { detail::check(tp_result_push_end(this->capi())); }
};

namespace detail {

// The context of a fed stream's task.
template <class F, class Item>
struct Feed {
  using Value = std::decay_t<std::invoke_result_t<F&, Item>>;
  using Slot = Cell<Value>;

  static int run(void* ctx, const void* item, void* value) {
    return fill_guarded<Value, Slot>(value, [ctx, item]() -> decltype(auto) {
      return std::invoke(static_cast<Feed*>(ctx)->f,
                         std::move(*static_cast<Item*>(const_cast<void*>(item))));
    });
  }

  F f;
};

// Starts a fed stream by tp_pool_imap or tp_pool_imap_unordered. Keeps a decay copy of f.
template <class Item, class F>
auto start_feed(decltype(tp_pool_imap)* start, tp_pool_t* pool, F&& f, const tp_job_options_t& to) {
  constexpr bool is_plain = std::is_same_v<Item, std::decay_t<Item>>;
  constexpr bool takes = std::is_invocable_v<std::decay_t<F>&, Item>;
  static_assert(is_plain, "an item is a copy: name its type without & and const");
  static_assert(
      alignof(Item) <= alignof(std::max_align_t),
      "an item is aligned for std::max_align_t, and no more: name a type without alignas, "
      "or a std::unique_ptr to yours");
  static_assert(takes || !is_plain,
                "the callable doesn't take an item: give it one parameter, of the item's type or a "
                "const reference to that");
  if constexpr (is_plain && takes) {
    using Job = Feed<std::decay_t<F>, Item>;
    std::unique_ptr<Job> job(new Job{std::forward<F>(f)});
    tp_task_t task = make_task(Job::run, job.get());
    describe_item<Item>(task);
    describe_value<typename Job::Slot>(task);
    task.ctx_drop = delete_as<Job>;
    tp_result_t* result = nullptr;
    check(start(pool, &task, nullptr, nullptr, &to, &result));
    static_cast<void>(job.release());
    return FeedIterator<Item, typename Job::Value>(result, pool);
  }
}

}  // namespace detail
}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
