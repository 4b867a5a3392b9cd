// SPDX-License-Identifier: MIT
// Stage 7: shows how far long work is: a bar on a terminal, or a callback for anything else.
#ifndef TPOOL_PROGRESS_HPP
#define TPOOL_PROGRESS_HPP

#include "detail/prologue.hpp"

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

#include "detail/bar.hpp"
#include "detail/meter.hpp"
#include "detail/range.hpp"
#include "pace.hpp"
#include "result.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

template <class Range, class = void>
struct IsRange : std::false_type {};
template <class Range>
struct IsRange<Range, std::void_t<IteratorOf<Range>>> : std::true_type {};

// A result that is no stream.
template <class R>
inline constexpr bool is_one_result =
    std::is_base_of_v<Result, std::decay_t<R>> && !IsRange<R>::value;

template <class Range, class = void>
struct HasSize : std::false_type {};
template <class Range>
struct HasSize<Range, std::void_t<decltype(std::size(std::declval<const Range&>()))>>
    : std::true_type {};

// 0 when the range doesn't know.
template <class Range>
std::size_t size_if_known(const Range& range) {
  if constexpr (HasSize<Range>::value) {
    return std::size(range);
  } else {
    return 0;
  }
}

template <class Show>
inline constexpr bool is_show = std::is_invocable_v<Show&, const Pace&>;

}  // namespace detail

// A range that tells how far its reader is, for one range-for. Range is T& to borrow, T to own.
template <class Range, class Show>
class ProgressRange {
  static_assert(detail::IsRange<Range>::value, "progress takes a range or the result of a job");
  using Inner = std::decay_t<detail::IteratorOf<Range>>;
  using Sentinel = std::decay_t<detail::SentinelOf<Range>>;

 public:
  ProgressRange(Range&& range, std::size_t total, Show show)
      : range_(std::forward<Range>(range)), meter_(total, std::move(show)) {}

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::decay_t<detail::ReferenceOf<Range>>;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = detail::ReferenceOf<Range>;

    iterator(Inner at, detail::Meter<Show>& meter) : at_(std::move(at)), meter_(&meter) {}

    decltype(auto) operator*() { return *at_; }

    // The body of the loop is done with the element.
    iterator& operator++() {
      meter_->count();
      ++at_;
      return *this;
    }
    void operator++(int) { ++*this; }

    friend bool operator!=(const iterator& a, const Sentinel& b) {
      const bool more = a.at_ != b;
      if (!more) a.meter_->finish();
      return more;
    }
    friend bool operator==(const iterator& a, const Sentinel& b) { return !(a != b); }

   private:
    mutable Inner at_;  // some have a != that isn't const
    detail::Meter<Show>* meter_;
  };

  iterator begin() {
    meter_.start();
    return iterator(detail::begin_of(range_), meter_);
  }
  Sentinel end() { return detail::end_of(range_); }

 private:
  Range range_;
  detail::Meter<Show> meter_;
};

// for (auto&& x : tp::progress(range)) …
//
// Draws on stderr how many elements the loop has done, how many a second and, where the range knows
// its size, a bar and the time left: at the beginning, at most ten times a second, and at the end.
// Where stderr is no terminal it draws nothing. The elements are those of the range. An lvalue
// range is borrowed, an rvalue moved in; a stream of a pool is a range. Throws what the range does.
template <class Range, std::enable_if_t<!detail::is_one_result<Range>, int> = 0>
ProgressRange<Range, detail::Bar> progress(Range&& range) {
  const std::size_t total = detail::size_if_known(range);
  return {std::forward<Range>(range), total, detail::Bar()};
}

// The same for a range that doesn't know its size, with the number of elements that are expected.
template <class Range>
ProgressRange<Range, detail::Bar> progress(Range&& range, std::size_t total) {
  return {std::forward<Range>(range), total, detail::Bar()};
}

// Calls show(const tp::Pace&), or show(const tp::Progress&), at the same times in place of drawing,
// on the thread of the loop, wherever stderr leads to. The total is 0 when it is not known. What
// show throws leaves the loop. A loop that is left early has no last call.
template <class Range, class Show,
          std::enable_if_t<detail::is_show<Show> && !detail::is_one_result<Range>, int> = 0>
ProgressRange<Range, Show> progress(Range&& range, Show show) {
  const std::size_t total = detail::size_if_known(range);
  return {std::forward<Range>(range), total, std::move(show)};
}

// Waits for the job of an AsyncResult, shows meanwhile how many of its items are done, and returns
// the result as it was given: auto values = tp::progress(pool.map_async(f, range)).get();
// Throws what wait() throws, never the job's outcome.
template <class R, class Show = detail::Bar,
          std::enable_if_t<detail::is_show<Show> && detail::is_one_result<R>, int> = 0>
R&& progress(R&& result, Show show = {}) {
  detail::Meter<Show> meter(0, std::move(show));
  if (meter.active()) {
    meter.set(result.progress());
    meter.start();
    while (!result.wait(meter.kInterval)) {
      meter.set(result.progress());
      meter.tell_if_due();
    }
    meter.set(result.progress());
    meter.finish();
  }
  result.wait();
  return std::forward<R>(result);
}

}  // namespace v1
}  // namespace tp

#include "detail/epilogue.hpp"

#endif
