// SPDX-License-Identifier: MIT
// Stage 7: counts what is done, and shows it from time to time: on a terminal, or by a callable.
#ifndef TPOOL_DETAIL_PROGRESS_BAR_HPP
#define TPOOL_DETAIL_PROGRESS_BAR_HPP

#include "prologue.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
#include <utility>

#include "../pace.hpp"
#include "exceptions.hpp"

namespace tp::v1::detail {

// One line on a terminal, drawn again at each call; on stderr, because a program's output is on
// stdout.
class ProgressBar {
 public:
  static bool visible() { return isatty(STDERR_FILENO) != 0; }

  void operator()(const Pace& pace) const {
    std::string line = "\r\033[K";
    if (pace.total > 0) line += drawing(pace);
    line += counts(pace);
    if (pace.left() > 0) line += ", " + clock(pace.left()) + " left";
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

  void end() const { std::fputc('\n', stderr); }

 private:
  static constexpr std::size_t kWidth = 30;

  static std::string drawing(const Pace& pace) {
    const double share =
        std::min(1.0, static_cast<double>(pace.done) / static_cast<double>(pace.total));
    const auto full = static_cast<std::size_t>(share * kWidth);
    return text(3, 0, share * 100) + "% [" + std::string(full, '#') +
           std::string(kWidth - full, ' ') + "] ";
  }

  static std::string counts(const Pace& pace) {
    char counts[64];
    std::snprintf(counts, sizeof counts, pace.total > 0 ? "%zu/%zu" : "%zu", pace.done, pace.total);
    return std::string(counts) + ", " + text(0, pace.rate() < 10 ? 2 : 0, pace.rate()) + "/s";
  }

  // Returns minutes and seconds, from one hour on also hours.
  static std::string clock(double seconds) {
    const double all = std::min(seconds + 0.5, 359999.0);  // 99:59:59
    const auto whole = static_cast<unsigned>(all);
    char text[32];
    std::snprintf(text, sizeof text, whole >= 3600 ? "%u:%02u:%02u" : "%.0u%u:%02u", whole / 3600,
                  whole / 60 % 60, whole % 60);
    return text;
  }

  static std::string text(int width, int digits, double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%*.*f", width, digits, number);
    return text;
  }
};

// Counts for one thread, and calls show: a ProgressBar or the user's callable.
template <class Show>
class ProgressReporter {
 public:
  [[gnu::visibility("hidden")]] static constexpr std::chrono::milliseconds kInterval{100};

  ProgressReporter(std::size_t total, Show show) : show_(std::move(show)) { now_.total = total; }
  ~ProgressReporter() {
    if constexpr (is_bar) {
      silenced([this] { finish(); });
      if (drawn_) show_.end();
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

  // One more is done.
  void count() {
    ++now_.done;
    if (active_) report_if_due();
  }

  void set(const Progress& progress) { static_cast<Progress&>(now_) = progress; }

  void report_if_due() {
    const auto now = Clock::now();
    if (now - reported_ >= kInterval) report(now);
  }

  // Nothing more will be done. May be repeated.
  void finish() {
    if (!active_) return;
    active_ = false;
    report(Clock::now());
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr bool is_bar = std::is_same_v<Show, ProgressBar>;

  static bool seen() {
    if constexpr (is_bar) return ProgressBar::visible();
    return true;
  }

  void report(Clock::time_point now) {
    reported_ = now;
    drawn_ = true;
    now_.seconds = std::chrono::duration<double>(now - start_).count();
    show_(std::as_const(now_));
  }

  Show show_;
  Pace now_{};
  bool active_ = seen();
  bool drawn_ = false;
  Clock::time_point start_{}, reported_{};
};

}  // namespace tp::v1::detail

#include "epilogue.hpp"

#endif
