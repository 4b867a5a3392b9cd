// SPDX-License-Identifier: MIT
// Stage 7: a callable and a range as a stream of the library, which pulls the range as it has room.
#ifndef TPOOL_DETAIL_STREAM_JOB_HPP
#define TPOOL_DETAIL_STREAM_JOB_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "../error.hpp"
#include "cell.hpp"
#include "give_back.hpp"
#include "guard.hpp"
#include "range.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// What an item of a stream is: a pointer to an element that stays, else the element itself.
template <class Range, bool lasting = has_lasting_elements<Range>>
struct StreamItem {
  using Element = std::remove_reference_t<ReferenceOf<Range>>;
  using type = Element*;
  static constexpr bool owned = !std::is_reference_v<Range> && IsOwner<Range>::value;

  template <class Iterator>
  static void make(void* item, Iterator& at) {
    ::new (item) type(std::addressof(*at));
  }
  static Element& at(const void* item) { return **static_cast<const type*>(item); }
};
template <class Range>
struct StreamItem<Range, false> {
  using Element = ElementValue<Range>;
  using type = Cell<Element>;
  static constexpr bool owned = true;

  template <class Iterator>
  static void make(void* item, Iterator& at) {
    fill<Element, type>(item, [&at] { return keep_element<Element>(at); });
  }
  static Element& at(const void* item) { return open_cell<Element>(const_cast<void*>(item)); }
};

// Both the context of the task and the source: elements are used until the job is over. The range
// is touched at the first pull, and moved on only when the next element is asked for.
template <class F, class Range>
class StreamJob {
 public:
  using Item = StreamItem<Range>;
  using Argument = PassedAs<F, typename Item::Element, Item::owned>;
  using Value = std::decay_t<std::invoke_result_t<F&, Argument>>;

  template <class Function>
  StreamJob(Function&& f, Range&& range)
      : range_(std::forward<Range>(range)), f_(std::forward<Function>(f)) {}

  // Undoes the making of a job that is refused, from a Function&& and an R&&.
  template <class Function, class R>
  void give_back(std::remove_reference_t<Function>& f, std::remove_reference_t<R>& range) noexcept {
    give_back_if_moved<Function>(f, f_);
    give_back_if_moved<R>(range, range_);
  }

  tp_task_t task() {
    tp_task_t task{};
    task.size = sizeof(task);
    task.fn = run;
    task.ctx = this;
    task.ctx_drop = delete_as<StreamJob>;
    describe_item<typename Item::type>(task);
    describe_value<Cell<Value>>(task);
    return task;
  }

  static int pull(void* source, void* item) {
    auto& job = *static_cast<StreamJob*>(source);
    bool more = false;
    const int failed = guarded([&job, &more, item] {
      more = job.advance();
      if (more) Item::make(item, *job.at_);
    });
    return failed != 0 ? -1 : static_cast<int>(more);
  }

 private:
  bool advance() {
    if (at_) {
      ++*at_;
    } else {
      at_.emplace(begin_of(range_));
      end_.emplace(end_of(range_));
    }
    return *at_ != *end_;
  }

  static int run(void* ctx, const void* item, void* value) {
    auto& job = *static_cast<StreamJob*>(ctx);
    return guarded([&job, item, value] {
      fill<Value, Cell<Value>>(value, [&job, item]() -> decltype(auto) {
        return std::invoke(job.f_, static_cast<Argument>(Item::at(item)));
      });
    });
  }

  Range range_;
  F f_;
  std::optional<std::decay_t<IteratorOf<Range>>> at_;
  std::optional<std::decay_t<SentinelOf<Range>>> end_;
};

using SubmitStream = decltype(tp_pool_imap);

// Starts a stream, whose end deletes the job; takes it then.
template <class Job>
tp_result_t* submit_stream(tp_pool_t* pool, SubmitStream* submit, std::unique_ptr<Job>& job,
                           const tp_job_options_t& options) {
  const tp_task_t task = job->task();
  tp_result_t* result = nullptr;
  check(submit(pool, &task, Job::pull, job.get(), &options, &result));
  static_cast<void>(job.release());
  return result;
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
