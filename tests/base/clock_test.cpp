// SPDX-License-Identifier: MIT
// Tests of the monotonic clock and of deadlines.
#include "base/clock.h"

#include "support/test.hpp"

using tp::core::Deadline;
using tp::core::now_ns;

constexpr std::uint64_t kSecond = 1'000'000'000;

static std::uint64_t in_ns(const timespec& t) {
  return static_cast<std::uint64_t>(t.tv_sec) * kSecond + static_cast<std::uint64_t>(t.tv_nsec);
}

TEST_CASE("The clock goes on and never back") {
  const std::uint64_t start = now_ns();
  std::uint64_t last = start;
  support::await("the clock to go on", [&] {
    const std::uint64_t now = now_ns();
    if (now < last) support::give_up("a clock that does not go back");
    last = now;
    return now > start + 1'000'000;
  });
  CHECK(last > start);
}

TEST_CASE("Zero and negative times poll") {
  const double seconds = GENERATE(0.0, -0.0, -1e-9, -1.0, -std::numeric_limits<double>::infinity());
  const Deadline deadline = Deadline::in(seconds);
  CHECK(deadline.is_poll());
  CHECK(deadline.passed());
  CHECK_FALSE(deadline.is_never());
}

TEST_CASE("Times that are too large are never") {
  const double seconds = GENERATE(1e9, 1e10, 1e18, 1e300, std::numeric_limits<double>::max(),
                                  std::numeric_limits<double>::infinity());
  const Deadline deadline = Deadline::in(seconds);
  CHECK(deadline.is_never());
  CHECK_FALSE(deadline.is_poll());
  CHECK_FALSE(deadline.passed());
}

TEST_CASE("Never is never") {
  CHECK(Deadline::never().is_never());
  CHECK_FALSE(Deadline::never().is_poll());
  CHECK_FALSE(Deadline::never().passed());
}

TEST_CASE("A deadline is so many seconds from now") {
  const double seconds = GENERATE(0.5, 1.0, 1000.25, 999'999'999.0);
  const std::uint64_t before = now_ns();
  const Deadline deadline = Deadline::in(seconds);
  const std::uint64_t after = now_ns();
  const auto distance = static_cast<std::uint64_t>(seconds * 1e9);
  const timespec at = deadline.absolute();
  CHECK(in_ns(at) >= before + distance);
  CHECK(in_ns(at) <= after + distance);
  CHECK(at.tv_nsec >= 0);
  CHECK(at.tv_nsec < 1'000'000'000);
  CHECK_FALSE(deadline.is_poll());
  CHECK_FALSE(deadline.is_never());
  CHECK_FALSE(deadline.passed());
}

TEST_CASE("A deadline passes") {
  const double seconds = GENERATE(1e-300, 1e-9, 0.001);
  const Deadline deadline = Deadline::in(seconds);
  CHECK_FALSE(deadline.is_poll());
  support::await("a deadline to pass", [&] { return deadline.passed(); });
  CHECK(now_ns() >= in_ns(deadline.absolute()));
}
