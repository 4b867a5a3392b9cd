// SPDX-License-Identifier: MIT
// Stage 7: a callable and a range as a map job of the library.
#ifndef TPOOL_DETAIL_MAP_JOB_HPP
#define TPOOL_DETAIL_MAP_JOB_HPP

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
#include "guard.hpp"
#include "items.hpp"
#include "kept.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// F is a reference for a blocking map, which lies on the caller's stack.
template <class F, class Items>
class MapJob {
 public:
  using Argument = PassedAs<F, typename Items::Element, Items::owned>;
  using Value = std::decay_t<std::invoke_result_t<F&, Argument>>;

  template <class Function, class Range>
  MapJob(Function&& f, Range&& range)
      : items_(std::forward<Range>(range)), f_(std::forward<Function>(f)) {}

  // Undoes the making of a job that is refused, from a Function&& and an R&&.
  template <class Function, class R>
  void give_back(std::remove_reference_t<Function>& f, std::remove_reference_t<R>& range) noexcept {
    give_back_if_moved<Function>(f, f_);
    items_.template give_back<R>(range);
  }

  // The task for values that lie in slots of type Slot.
  template <class Slot>
  tp_task_t task() {
    tp_task_t task{};
    task.size = sizeof(task);
    task.fn = run<Slot>;
    task.ctx = this;
    task.item_size = Items::item_size;
    describe_value<Slot>(task);
    return task;
  }

  Items& items() { return items_; }

 private:
  template <class Slot>
  static int run(void* ctx, const void* item, void* value) {
    auto& job = *static_cast<MapJob*>(ctx);
    return guarded([&job, item, value] {
      fill<Value, Slot>(value, [&job, item]() -> decltype(auto) {
        return std::invoke(job.f_, static_cast<Argument>(Items::at(item)));
      });
    });
  }

  Items items_;  // first: they may throw, and leave f where it was
  F f_;
};

// What a map_async of F takes as callback in plain braces.
template <class T>
struct MapCallbackOf {
  using type = std::function<void(const std::vector<T>&)>;
};
template <>
struct MapCallbackOf<void> {
  using type = std::function<void()>;
};
template <class F, class Range>
using MapCallback = typename MapCallbackOf<typename MapJob<F, KeptItems<Range>>::Value>::type;

// Memory for n values, which somebody else constructs.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t n) : n_(n), data_(std::allocator<T>().allocate(n)) {}
  ~Buffer() {
    std::destroy_n(data_, constructed_);
    std::allocator<T>().deallocate(data_, n_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return data_; }
  void set_constructed() { constructed_ = n_; }

  std::vector<T> take() { return moved_out(data_, n_); }

 private:
  std::size_t n_;
  T* data_;
  std::size_t constructed_ = 0;
};

// Can tasks write to the elements of a std::vector<T> as if they were raw memory?
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
    map_into(pool, job, buffer.data(), options);
    buffer.set_constructed();
    return buffer.take();
  }
}

// Starts a map, whose end deletes the job; takes it then.
template <class Job>
tp_result_t* submit_map(tp_pool_t* pool, std::unique_ptr<Job>& job,
                        const tp_job_options_t& options) {
  tp_task_t task = job->template task<Cell<typename Job::Value>>();
  task.ctx_drop = delete_as<Job>;
  auto& items = job->items();
  tp_result_t* result = nullptr;
  check(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result));
  static_cast<void>(job.release());
  return result;
}

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
