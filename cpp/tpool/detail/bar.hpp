// SPDX-License-Identifier: MIT
// Stage 7: a line on a terminal that is drawn over and over.
#ifndef TPOOL_DETAIL_BAR_HPP
#define TPOOL_DETAIL_BAR_HPP

#include "prologue.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>

#include "../pace.hpp"

namespace tp {
inline namespace v1 {
namespace detail {

// On stderr, where a program's output isn't.
class Bar {
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

  // Minutes and seconds, with hours where there are some.
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

}  // namespace detail
}  // namespace v1
}  // namespace tp

#include "epilogue.hpp"

#endif
