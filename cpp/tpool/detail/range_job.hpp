// SPDX-License-Identifier: MIT
// Stage 7: a callable and the items of a range as a job: a map or a stream.
#ifndef TPOOL_DETAIL_RANGE_JOB_HPP
#define TPOOL_DETAIL_RANGE_JOB_HPP

#include "prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "cell.hpp"
#include "fit.hpp"
#include "items.hpp"

namespace tp::v1::detail {

// Tells which item of a batch runs, when its scope is left.
struct RunningIndex {
  explicit RunningIndex(std::size_t* at) : told(at) {}
  ~RunningIndex() { *told = value; }
  RunningIndex(const RunningIndex&) = delete;
  RunningIndex& operator=(const RunningIndex&) = delete;

  std::size_t* const told;
  std::size_t value = 0;
};

// The context of the job's task. A blocking map has it on the caller's stack, and F is a reference.
template <class F, class Items>
class RangeJob {
 public:
  using Argument = PassedAs<F, typename Items::Element, Items::owned>;
  using Value = std::decay_t<std::invoke_result_t<F&, Argument>>;

  template <class Function, class Range>
  RangeJob(Function&& f, Range&& range)
      : items_(std::forward<Range>(range)), f_(std::forward<Function>(f)) {}

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
    return guarded([&job, items, values, n, at] {
      auto& f = job.f_;
      auto cursor = job.items_.cursor(items);
      for (RunningIndex i{at}; i.value < n; ++i.value, ++cursor) {
        auto&& element = Items::element(cursor);
        fill<Value, Slot>(slot_at<Slot>(values, i.value), [&f, &element]() -> decltype(auto) {
          return std::invoke(f, static_cast<Argument>(element));
        });
      }
    });
  }

  Items items_;  // made first: where that throws, f is not moved yet
  F f_;
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

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
