// SPDX-License-Identifier: MIT
// Tests of how claims grow and shrink with the time that units take.
#include "queue/pace.h"

#include "support/test.hpp"

using tp::core::now_ns;
using tp::core::Pace;

// Keeps the thread busy, for the clock that the pace reads.
static void spend(std::uint64_t ns) {
  for (const std::uint64_t end = now_ns() + ns; now_ns() < end;) {
  }
}

TEST_CASE("The first claim is one unit, or what the caller says") {
  CHECK(Pace(100).next() == 1);
  CHECK(Pace(100, 7).next() == 7);
}

TEST_CASE("A claim is at most eight times the one before, and at most the limit") {
  Pace pace(1000);
  std::uint32_t last = 1;
  for (int i = 0; i < 20; ++i) {
    pace.ran(last);
    CHECK(pace.next() >= 1);
    CHECK(pace.next() <= std::min(8 * last, 1000u));
    last = pace.next();
  }
}

TEST_CASE("Claims of quick units grow to the limit") {
  Pace pace(100);
  support::await("claims to grow", [&] {
    pace.ran(pace.next());
    return pace.next() == 100;
  });
  CHECK(pace.units() > 1);
}

TEST_CASE("Claims of slow units are one unit") {
  Pace pace(1000, 500);
  spend(2 * Pace::kTargetNs);
  pace.ran(1);
  CHECK(pace.next() == 1);
}

TEST_CASE("A claim takes about the target, not more") {
  Pace pace(1'000'000, 1000);
  spend(50 * Pace::kTargetNs);
  pace.ran(1000);
  CHECK(pace.next() <= 20);
  CHECK(pace.next() >= 1);
}

TEST_CASE("A pace knows what a unit has cost") {
  const std::uint64_t start = now_ns();
  Pace pace(100);
  spend(100'000);
  pace.ran(3);
  spend(100'000);
  pace.ran(1);
  const std::uint64_t spent = now_ns() - start;
  CHECK(pace.units() == 4);
  CHECK(pace.spent_ns() >= 200'000);
  CHECK(pace.spent_ns() <= spent);
  CHECK(pace.unit_ns() * 4 == Approx(static_cast<double>(pace.spent_ns())));
}

TEST_CASE("A pause is not counted") {
  Pace pace(100);
  pace.ran(1);
  const std::uint64_t before = pace.spent_ns();
  spend(1'000'000);
  pace.restart();
  CHECK(pace.spent_ns() == before);
  CHECK(pace.units() == 1);
}
