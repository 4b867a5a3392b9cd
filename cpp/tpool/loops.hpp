// SPDX-License-Identifier: MIT
// The loops and reductions of a pool, which pool.hpp declares. Since 1.2.
#ifndef TPOOL_LOOPS_HPP
#define TPOOL_LOOPS_HPP

#include "detail/prologue.hpp"

#include <tpool/submit.h>

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include "detail/fit.hpp"
#include "detail/items.hpp"
#include "detail/loops.hpp"
#include "detail/range_job.hpp"
#include "detail/reduce_job.hpp"
#include "error.hpp"
#include "options.hpp"
#include "pool.hpp"

namespace tp::v1 {

// pool.map_into(tp::uninitialized(pointer), f, range): makes the values in memory without objects.
// Since 1.2.
template <class T>
detail::Uninitialized<T> uninitialized(T* first) {
  return {first};
}

template <class Range, class F>
void ThreadPool::for_each(Range&& range, F&& f, const options<>& how) {
  map(detail::Ignoring<std::remove_reference_t<F>>{f}, std::forward<Range>(range), how);
}

template <class F>
void ThreadPool::for_index(std::size_t n, F&& f, const options<>& how) {
  using Body = detail::Ignoring<std::remove_reference_t<F>>;
  using Index = detail::PassedAs<F, std::size_t, true>;
  constexpr bool takes = std::is_invocable_v<F&, Index>;
  static_assert(takes, "the callable doesn't take an index: give it one parameter, a std::size_t");
  if constexpr (takes) {
    Body body{f};
    detail::RangeJob<Body&, detail::CountedItems> job(body, n);
    detail::map_now(capi(), job, detail::job_options(how));
  }
}

template <class F>
void ThreadPool::for_range(std::size_t n, F&& f, const options<>& how) {
  constexpr bool takes = std::is_invocable_v<F&, std::size_t&, std::size_t&>;
  static_assert(takes,
                "the callable doesn't take the two indices where a chunk begins and ends: give it "
                "two parameters, each a std::size_t");
  if constexpr (takes) {
    auto call = [&f](std::size_t begin, std::size_t end) { std::invoke(f, begin, end); };
    const auto run = [](void* ctx, std::size_t begin, std::size_t end) {
      return detail::guarded([&] { (*static_cast<decltype(call)*>(ctx))(begin, end); });
    };
    const tp_job_options_t to = detail::job_options(how);
    detail::check_last(tp_pool_for(capi(), run, &call, n, &to));
  }
}

template <class F>
void ThreadPool::team(std::size_t n, F&& f) {
  constexpr bool takes = std::is_invocable_v<F&, std::size_t&>;
  static_assert(takes, "the callable doesn't take an index: give it one parameter, a std::size_t");
  if constexpr (takes) {
    auto call = [&f](std::size_t index) { static_cast<void>(std::invoke(f, index)); };
    const auto run = [](void* ctx, std::size_t begin, std::size_t) {
      return detail::guarded([&] { (*static_cast<decltype(call)*>(ctx))(begin); });
    };
    detail::check_last(tp_pool_team(capi(), run, &call, n));
  }
}

template <class Range, class T, class Op>
T ThreadPool::reduce(Range&& range, T init, Op&& op, const options<>& how) {
  return transform_reduce(std::forward<Range>(range), std::move(init), op, detail::Same(), how);
}

template <class Range, class T, class Op, class F>
T ThreadPool::transform_reduce(Range&& range, T init, Op&& op, F&& f, const options<>& how) {
  using Fit = detail::MapFit<F&, Range>;
  if constexpr (detail::fits<Fit>()) {
    using Function = std::remove_reference_t<F>;
    using Value = std::invoke_result_t<F&, typename Fit::Argument>;
    using Job =
        detail::ReduceJob<T, std::remove_reference_t<Op>, Function, detail::LentItems<Range>>;
    constexpr bool reduces = std::is_invocable_v<Op&, T, Value> && std::is_invocable_v<Op&, T, T>;
    static_assert(reduces,
                  "the operation doesn't take a T and an element, or two T: pass init, whose type "
                  "is T, and then an operation whose two parameters take both");
    if constexpr (reduces) {
      Job job(std::forward<Range>(range), std::move(init), op, f);
      return job.run(capi(), detail::job_options(how));
    }
  }
}

template <class Out, class F, class Range>
void ThreadPool::map_into(Out&& out, F&& f, Range&& range, const options<>& how) {
  if constexpr (detail::fits<detail::MapFit<F&, Range>>()) {
    detail::map_to(capi(), out, f, std::forward<Range>(range), detail::job_options(how));
  }
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
