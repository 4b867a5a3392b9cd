// SPDX-License-Identifier: MIT
// Loops as maps without values: over a range, over indices, into memory of the caller's.
#ifndef TPOOL_DETAIL_LOOPS_HPP
#define TPOOL_DETAIL_LOOPS_HPP

#include "prologue.hpp"

#include <tpool/status.h>
#include <tpool/submit.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "../error.hpp"
#include "items.hpp"
#include "range_job.hpp"
#include "traits.hpp"

namespace tp::v1::detail {

// Calls f and returns nothing.
template <class F>
struct Ignoring {
  F& f;

  template <class Element>
  auto operator()(Element&& element) const -> std::void_t<std::invoke_result_t<F&, Element>> {
    static_cast<void>(std::invoke(f, std::forward<Element>(element)));
  }
};
template <class F>
struct Unwrapped<Ignoring<F>> : Unwrapped<F> {};

// A tp_chunk_fn. The ctx is called with the indices where a chunk begins and ends.
template <class Call>
int run_chunk(void* ctx, std::size_t begin, std::size_t end) {
  return guarded([ctx, begin, end] { (*static_cast<Call*>(ctx))(begin, end); });
}

// Calls f and makes a T of what it returns.
template <class T, class F>
struct Making {
  F& f;

  template <class Element>
  auto operator()(Element&& element) const
      -> std::enable_if_t<std::is_invocable_v<F&, Element>, T> {
    return T(std::invoke(f, std::forward<Element>(element)));
  }
};

// The elements are 0 … n-1. The address of an item tells the index, as in IndexedItems.
class CountedItems {
 public:
  using Element = std::size_t;
  static constexpr bool owned = true;

  explicit CountedItems(std::size_t n) : size_(n) {}
  const void* data() const { return reinterpret_cast<const void*>(kFirst); }
  std::size_t size() const { return size_; }
  static void describe(tp_task_t& task) { task.item_size = 1; }
  static std::size_t cursor(const void* items) {
    return reinterpret_cast<std::uintptr_t>(items) - kFirst;
  }
  static std::size_t element(std::size_t at) { return at; }

 private:
  static constexpr std::uintptr_t kFirst = 1;  // NULL is no array

  std::size_t size_;
};

// What tp::uninitialized returns.
template <class T>
struct Uninitialized {
  T* first;
};
template <class Out>
inline constexpr bool is_uninitialized = false;
template <class T>
inline constexpr bool is_uninitialized<Uninitialized<T>> = true;

// Is an out, a range or an iterator, one in which each place is reached in one step?
template <class Iterator>
using TraitsCategoryOf = typename std::iterator_traits<Iterator>::iterator_category;
template <class Out>
constexpr bool has_places() {
  if constexpr (is_range<Out>) {
    return has_random_access<Out>();
  } else if constexpr (is_valid<TraitsCategoryOf, Out>) {
    return std::is_base_of_v<std::random_access_iterator_tag, TraitsCategoryOf<Out>>;
  } else {
    return false;
  }
}

// Returns the iterator at which an out begins that has room for n values, as far as it tells.
template <class Out>
auto first_place(Out& out, std::size_t n) {
  if constexpr (is_range<Out>) {
    if (static_cast<std::size_t>(end_of(out) - begin_of(out)) < n)
      throw Error(TP_EINVAL, "map_into: out is shorter than the range");
    return begin_of(out);
  } else {
    return out;
  }
}

template <class Out, class F, class Range>
void map_to(tp_pool_t* pool, Out& out, F& f, Range&& range, const tp_job_options_t& options) {
  using From = Items<Range&&>;
  if constexpr (is_uninitialized<std::remove_cv_t<Out>>) {
    using Make = Making<std::remove_pointer_t<decltype(out.first)>, F>;
    Make make{f};
    RangeJob<Make&, From> job(make, std::forward<Range>(range));
    map_into(pool, job, out.first, options);
  } else if constexpr (has_places<Out>()) {
    using To = std::decay_t<decltype(first_place(out, 0))>;
    static_assert(
        !std::is_same_v<decltype(*std::declval<To&>()), std::vector<bool>::reference>,
        "threads that assign to a std::vector<bool> would share bytes: pass a std::vector<char>");
    const auto first = [&out](std::size_t n) { return first_place(out, n); };
    RangeJob<F&, From, To> job(f, std::forward<Range>(range), first);
    map_into(pool, job, static_cast<void*>(nullptr), options);
  } else {
    static_assert(is_none<Out>,
                  "map_into needs random access: pass a std::vector, an array or a pointer");
  }
}

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
