// SPDX-License-Identifier: MIT
// Stage 7: a callable and a range as a job, a map or a stream: whether they fit, how the job runs and is started.
#ifndef TPOOL_DETAIL_RANGE_JOB_HPP
#define TPOOL_DETAIL_RANGE_JOB_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "../imap.hpp"
#include "../options.hpp"
#include "../result.hpp"
#include "call.hpp"
#include "cell.hpp"
#include "items.hpp"
#include "stage_items.hpp"
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

// If there is a mistake, the compiler names it, and nothing else: whoever asks goes on only if this is true.
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

// The kinds of jobs: a map that waits or a reduce, a map that owns its range, a stream. F is as in RangeJob.
template <class F, class Range>
using MapFit = Fit<F, Range, LentItems, Range>;
template <class F, class Range>
using OwnedMapFit = Fit<F, Range, OwnedItems, typename Referred<Range>::type>;
template <class F, class Range>
using StreamFit = Fit<F, Range, StreamedItems, typename Referred<Range>::type>;

// Tells which item of a batch runs, when its scope is left.
struct RunningIndex {
  explicit RunningIndex(std::size_t* at) : told(at) {}
  ~RunningIndex() { *told = value; }
  RunningIndex(const RunningIndex&) = delete;
  RunningIndex& operator=(const RunningIndex&) = delete;

  std::size_t* const told;
  std::size_t value = 0;
};

// The context of the job's task. A blocking map has it on the caller's stack, and F is a reference. Out is an iterator
// of random access, where the values are assigned to; void if they are made in the slots of the job.
template <class F, class Items, class Out = void>
class RangeJob {
 public:
  using Argument = PassedAs<F, typename Items::Element, Items::owned>;
  using Value = std::decay_t<std::invoke_result_t<F&, Argument>>;

  template <class Function, class Range>
  RangeJob(Function&& f, Range&& range)
      : items_(std::forward<Range>(range)), f_(std::forward<Function>(f)) {}
  // first(n) returns the Out for the first of n values.
  template <class Function, class Range, class First>
  RangeJob(Function&& f, Range&& range, First first)
      : items_(std::forward<Range>(range)),
        f_(std::forward<Function>(f)),
        out_(first(items_.size())) {}

  // Undoes the making of a refused job from a Function&& and an R&&.
  template <class Function, class R>
  void roll_back(std::remove_reference_t<Function>& f, std::remove_reference_t<R>& range) noexcept {
    roll_back_to<Function>(f, f_);
    items_.template roll_back<R>(range);
  }

  // Returns the task; its values lie in slots of type Slot.
  template <class Slot>
  tp_task_t task() {
    tp_task_t task = make_task(run<Slot>, this);
    task.batch = run_batch<Slot>;
    Items::describe(task);
    describe_value<Slot>(task);
    return task;
  }

  Items& items() { return items_; }

 private:
  // A tp_task_fn.
  template <class Slot>
  static int run(void* ctx, const void* item, void* value) {
    std::size_t at = 0;
    return run_batch<Slot>(ctx, item, value, 1, &at);
  }

  // A tp_batch_fn, in which f is inlined.
  template <class Slot>
  static int run_batch(void* ctx, const void* items, void* values, std::size_t n, std::size_t* at) {
    auto& job = *static_cast<RangeJob*>(ctx);
    return guarded([&] {
      auto& f = job.f_;
      auto cursor = job.items_.cursor(items);
      [[maybe_unused]] auto out = job.out_for(items);
      for (RunningIndex i{at}; i.value < n; ++i.value, ++cursor) {
        auto&& element = Items::element(cursor);
        const auto call = [&f, &element]() -> decltype(auto) {
          return std::invoke(f, static_cast<Argument>(element));
        };
        if constexpr (std::is_void_v<Out>) {
          fill<Value, Slot>(slot_at<Slot>(values, i.value), call);
        } else {
          *out = call();
          ++out;
        }
      }
    });
  }

  // Returns where the value of an item is assigned to.
  auto out_for([[maybe_unused]] const void* item) {
    if constexpr (std::is_void_v<Out>) {
      return out_;
    } else {
      using Distance = typename std::iterator_traits<Out>::difference_type;
      return out_ + static_cast<Distance>(index_of(items_, item));
    }
  }

  Items items_;  // made first: where that throws, f is not moved yet
  F f_;
  Stored<Out> out_{};
};

// The callback of a map_async of F whose options are plain braces.
template <class F, class Range, class T = typename OwnedMapFit<F, Range>::Value>
using MapCallback = std::conditional_t<std::is_void_v<T>, std::function<void()>,
                                       std::function<void(const std::vector<Stored<T>>&)>>;

// Memory for n values, which the library constructs, and which then become a vector.
template <class T>
struct Buffer {
  explicit Buffer(std::size_t size) : n(size), values(std::allocator<T>().allocate(size)) {}
  ~Buffer() {
    std::destroy_n(values, constructed);
    std::allocator<T>().deallocate(values, n);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return values; }
  std::vector<T> made() {
    constructed = n;
    return vector_of<T, false>(values, n);
  }

  const std::size_t n;
  T* const values;
  std::size_t constructed = 0;
};

#ifdef __GLIBCXX__
// The same in the memory of the vector itself, whose pages the workers are the first to touch.
template <class T>
struct GrowingVector : std::vector<T> {
  explicit GrowingVector(std::size_t size) : n(size) { this->reserve(size); }
  std::vector<T> made() {
    this->_M_impl._M_finish = this->_M_impl._M_start + n;
    return std::move(*this);
  }

  const std::size_t n;
};
template <class T>
using MapValues = std::conditional_t<std::is_same_v<T, bool>, Buffer<T>, GrowingVector<T>>;
#else
template <class T>
using MapValues = Buffer<T>;
#endif

template <class Job, class T = typename Job::Value>
void map_into(tp_pool_t* pool, Job& job, T* values, const tp_job_options_t& options) {
  const tp_task_t task = job.template task<T>();
  auto& items = job.items();
  check_last(tp_pool_map(pool, &task, items.data(), values, items.size(), &options));
}

// Runs a map and returns its values.
template <class Job>
auto map_now(tp_pool_t* pool, Job& job, const tp_job_options_t& options) {
  using T = typename Job::Value;
  if constexpr (std::is_void_v<T>) {
    map_into(pool, job, static_cast<void*>(nullptr), options);
  } else {
    MapValues<T> values(job.items().size());
    map_into(pool, job, values.data(), options);
    return values.made();
  }
}

// Makes a Job of f and hold(range) and calls submit(task, items, &result), which returns a status.
// The library deletes the Job at the job's end. When the job is refused, rolls back and throws.
template <class Job, class F, class Range, class Hold, class Submit>
tp_result_t* start_job(F&& f, Range&& range, Hold hold, Submit submit) {
  Pending<F> pending(std::forward<F>(f));
  auto job =
      std::make_unique<Job>(std::forward<Pending<F>>(pending), hold(std::forward<Range>(range)));
  tp_task_t task = job->template task<Cell<typename Job::Value>>();
  task.ctx_drop = delete_as<Job>;
  tp_result_t* result = nullptr;
  try {
    check(submit(task, job->items(), &result));
  } catch (...) {
    job->template roll_back<F, Range>(f, range);
    throw;
  }
  static_cast<void>(job.release());
  return result;
}

// Starts a map, with the callbacks of how; Values reads its result.
template <template <class> class Values, class F, class Range, class C, class E>
auto start_map(tp_pool_t* pool, F&& f, Range&& range, options<C, E>& how, tp_job_options_t to) {
  if constexpr (fits<OwnedMapFit<std::decay_t<F>, Range>>()) {
    using Job = RangeJob<std::decay_t<F>, OwnedItems<Range>>;
    using Reader = Values<typename Job::Value>;
    auto callbacks = attach_callbacks<Reader>(how, to);
    const auto submit = [&](const tp_task_t& task, auto& items, tp_result_t** result) {
      return tp_pool_map_async(pool, &task, items.data(), items.size(), &to, result);
    };
    tp_result_t* const result =
        start_job<Job>(std::forward<F>(f), std::forward<Range>(range), OwnRange(), submit);
    static_cast<void>(callbacks.release());
    return AsyncResult<typename Reader::Type, Reader>(result, pool);
  }
}

// start: tp_pool_imap or tp_pool_imap_unordered.
template <class F, class Range>
auto start_stream(decltype(tp_pool_imap)* start, tp_pool_t* pool, F&& f, Range&& range,
                  const tp_job_options_t& to) {
  if constexpr (fits<StreamFit<std::decay_t<F>, Range>>()) {
    using Items = StreamedItems<Range>;
    using Job = RangeJob<std::decay_t<F>, Items>;
    using T = typename Job::Value;
    using Stream = std::conditional_t<Items::borrows, BorrowingIterator<T>, ImapIterator<T>>;
    const auto submit = [&](const tp_task_t& task, Items& items, tp_result_t** result) {
      return start(pool, &task, Items::pull, &items, &to, result);
    };
    tp_result_t* const result =
        start_job<Job>(std::forward<F>(f), std::forward<Range>(range), BorrowRange(), submit);
    return Stream(result, pool);
  }
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
