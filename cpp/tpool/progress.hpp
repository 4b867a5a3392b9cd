// SPDX-License-Identifier: MIT
// Shows how far work is: by a bar on a terminal, or by a callback. Since 1.1.
#ifndef TPOOL_PROGRESS_HPP
#define TPOOL_PROGRESS_HPP

#include "detail/prologue.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

#include "detail/traits.hpp"
#include "error.hpp"
#include "pace.hpp"
#include "result.hpp"

namespace tp::v1 {
namespace detail {

// Draws one line of a terminal, again at each call; on stderr, because stdout is the program's.
class ProgressBar {
 public:
  void operator()(const Pace& pace) const {
    std::string line = "\r\033[K";
    if (pace.total > 0) line += drawing(pace);
    line += counts(pace);
    if (pace.left() > 0) line += ", " + clock(pace.left()) + " left";
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

 private:
  static std::string drawing(const Pace& pace) {
    const double share =
        std::min(1.0, static_cast<double>(pace.done) / static_cast<double>(pace.total));
    const std::string full(static_cast<std::size_t>(share * 30), '#');
    char text[64];
    std::snprintf(text, sizeof text, "%3.0f%% [%-30s] ", share * 100, full.c_str());
    return text;
  }

  static std::string counts(const Pace& pace) {
    const int digits = pace.rate() < 10 ? 2 : 0;
    char text[96];
    if (pace.total > 0) {
      std::snprintf(text, sizeof text, "%zu/%zu, %.*f/s", pace.done, pace.total, digits,
                    pace.rate());
    } else {
      std::snprintf(text, sizeof text, "%zu, %.*f/s", pace.done, digits, pace.rate());
    }
    return text;
  }

  // Returns minutes and seconds; from one hour on, hours too.
  static std::string clock(double seconds) {
    const double all = std::min(seconds + 0.5, 359999.0);  // 99:59:59
    const auto whole = static_cast<unsigned>(all);
    char text[32];
    std::snprintf(text, sizeof text, whole >= 3600 ? "%u:%02u:%02u" : "%.0u%u:%02u", whole / 3600,
                  whole / 60 % 60, whole % 60);
    return text;
  }
};

// Counts what one thread has done, and calls show: a ProgressBar or the user's callable.
template <class Show>
class ProgressReporter {
 public:
  [[gnu::visibility("hidden")]] static constexpr std::chrono::milliseconds kInterval{100};

  ProgressReporter(std::size_t total, Show show) : show_(std::move(show)) {
    now_.total = total;
    if constexpr (is_bar) active_ = isatty(STDERR_FILENO) != 0;
  }
  ~ProgressReporter() {
    if constexpr (is_bar) {
      silenced([this] { finish(); });
      if (drawn_) std::fputc('\n', stderr);
    }
  }
  ProgressReporter(const ProgressReporter&) = delete;
  ProgressReporter& operator=(const ProgressReporter&) = delete;

  bool active() const { return active_; }

  void start() {
    if (!active_) return;
    start_ = Clock::now();
    report(start_);
  }

  // Counts one more.
  void count() {
    ++now_.done;
    if (active_) report_if_due();
  }

  void set(const Progress& progress) { static_cast<Progress&>(now_) = progress; }

  void report_if_due() {
    const auto now = Clock::now();
    if (now - reported_ >= kInterval) report(now);
  }

  // Shows the end. May be repeated.
  void finish() {
    if (!active_) return;
    active_ = false;
    report(Clock::now());
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr bool is_bar = std::is_same_v<Show, ProgressBar>;

  void report(Clock::time_point now) {
    reported_ = now;
    drawn_ = true;
    now_.seconds = std::chrono::duration<double>(now - start_).count();
    show_(std::as_const(now_));
  }

  Show show_;
  Pace now_{};
  bool active_ = true;
  bool drawn_ = false;
  Clock::time_point start_{}, reported_{};
};

// Is it a result, and not a stream?
template <class R>
inline constexpr bool is_one_result = std::is_base_of_v<Result, std::decay_t<R>> && !is_range<R>;

// Returns 0 when the range doesn't know its size.
template <class Range>
std::size_t size_if_known(const Range& range) {
  if constexpr (is_valid<SizeOf, const Range>) {
    return std::size(range);
  } else {
    return 0;
  }
}

template <class Show>
inline constexpr bool is_show = std::is_invocable_v<Show&, const Pace&>;

}  // namespace detail

// A range that shows how far one range-for has come. Range is T& to borrow, T to own.
template <class Range, class Show>
class ProgressRange {
  static_assert(detail::is_range<Range>, "progress takes a range or the result of a job");
  using Inner = std::decay_t<detail::IteratorOf<Range>>;
  using Sentinel = std::decay_t<detail::SentinelOf<Range>>;

 public:
  ProgressRange(Range&& range, std::size_t total, Show show)
      : range_(std::forward<Range>(range)), reporter_(total, std::move(show)) {}

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::decay_t<detail::ReferenceOf<Range>>;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = detail::ReferenceOf<Range>;

    iterator(Inner at, detail::ProgressReporter<Show>& reporter)
        : at_(std::move(at)), reporter_(&reporter) {}

    reference operator*() { return *at_; }

    // Counts the element, with which the body of the loop is done.
    iterator& operator++() {
      reporter_->count();
      ++at_;
      return *this;
    }
    void operator++(int) { ++*this; }

    friend bool operator!=(const iterator& a, const Sentinel& b) {
      const bool more = a.at_ != b;
      if (!more) a.reporter_->finish();
      return more;
    }
    friend bool operator==(const iterator& a, const Sentinel& b) { return !(a != b); }

   private:
    mutable Inner at_;  // its != may be non-const
    detail::ProgressReporter<Show>* reporter_;
  };

  iterator begin() {
    reporter_.start();
    return iterator(detail::begin_of(range_), reporter_);
  }
  Sentinel end() { return detail::end_of(range_); }

 private:
  Range range_;
  detail::ProgressReporter<Show> reporter_;
};

// for (auto&& x : tp::progress(range)) …
//
// Returns a range of the same elements, which draws on stderr how many of them the loop has done,
// how many a second and, where the range knows its size, a bar and the time left. Draws at the
// beginning, at most ten times a second, and at the end; nothing where stderr is no terminal.
// Borrows an lvalue range and moves an rvalue in, also a stream. Throws what the range does.
//
// With a show, the loop's thread calls show(const tp::Pace&), or show(const tp::Progress&), at
// these times instead, wherever stderr leads to. The total is 0 when it is not known. What show
// throws leaves the loop. A loop that is left early has no last call.
template <class Range, class Show = detail::ProgressBar,
          std::enable_if_t<detail::is_show<Show> && !detail::is_one_result<Range>, int> = 0>
ProgressRange<Range, Show> progress(Range&& range, Show show = {}) {
  const std::size_t total = detail::size_if_known(range);
  return {std::forward<Range>(range), total, std::move(show)};
}

// The same for a range that doesn't know its size; total is the number of elements to expect.
template <class Range>
ProgressRange<Range, detail::ProgressBar> progress(Range&& range, std::size_t total) {
  return {std::forward<Range>(range), total, detail::ProgressBar()};
}

// Waits for the job of an AsyncResult, shows meanwhile how many of its items are done, and returns
// the result as it was given: auto values = tp::progress(pool.map_async(f, range)).get();
// Throws what wait() and show throw, never the job's outcome.
template <class R, class Show = detail::ProgressBar,
          std::enable_if_t<detail::is_show<Show> && detail::is_one_result<R>, int> = 0>
R&& progress(R&& result, Show show = {}) {
  detail::ProgressReporter<Show> reporter(0, std::move(show));
  if (reporter.active()) {
    reporter.set(result.progress());
    reporter.start();
    while (!result.wait(reporter.kInterval)) {
      reporter.set(result.progress());
      reporter.report_if_due();
    }
    reporter.set(result.progress());
    reporter.finish();
  }
  result.wait();
  return std::forward<R>(result);
}

}  // namespace tp::v1

#include "detail/epilogue.hpp"

#endif
