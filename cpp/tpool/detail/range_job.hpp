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
#include "items.hpp"

namespace tp::v1::detail {

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
    Items::describe(task);
    describe_value<Slot>(task);
    return task;
  }

  Items& items() { return items_; }

 private:
  template <class Slot>
  static int run(void* ctx, const void* item, void* value) {
    auto& job = *static_cast<RangeJob*>(ctx);
    return fill_guarded<Value, Slot>(value, [&job, item]() -> decltype(auto) {
      return std::invoke(job.f_, static_cast<Argument>(Items::at(item)));
    });
  }

  Items items_;  // made first: where that throws, f is not moved yet
  F f_;
};

// The callback of a map_async of F whose options are plain braces.
template <class F, class Range, class T = typename RangeJob<F, OwnedItems<Range>>::Value>
using MapCallback = std::conditional_t<std::is_void_v<T>, std::function<void()>,
                                       std::function<void(const std::vector<Stored<T>>&)>>;

// Memory for n values, which the library constructs.
template <class T>
struct Buffer {
  explicit Buffer(std::size_t size) : n(size), values(std::allocator<T>().allocate(size)) {}
  ~Buffer() {
    std::destroy_n(values, constructed);
    std::allocator<T>().deallocate(values, n);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const std::size_t n;
  T* const values;
  std::size_t constructed = 0;
};

// Can tasks construct values in the elements of a std::vector<T>, as in raw memory?
template <class T>
inline constexpr bool is_raw_in_vector =
    std::is_trivially_default_constructible_v<T> && std::is_trivially_copyable_v<T> &&
    !std::is_same_v<T, bool>;

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
  } else if constexpr (is_raw_in_vector<T>) {
    std::vector<T> values(job.items().size());
    map_into(pool, job, values.data(), options);
    return values;
  } else {
    Buffer<T> buffer(job.items().size());
    map_into(pool, job, buffer.values, options);
    buffer.constructed = buffer.n;
    return vector_of<T, false>(buffer.values, buffer.n);
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
