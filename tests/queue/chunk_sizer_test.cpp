// SPDX-License-Identifier: MIT
// Tests of how claims grow and shrink with the time that units take.
#include "queue/chunk_sizer.h"

#include "support/test.hpp"

using tp::core::ChunkSizer;
using tp::core::now_ns;

// Keeps the thread busy, for the clock that the chunk sizer reads.
static void spend(std::uint64_t ns) {
  for (const std::uint64_t end = now_ns() + ns; now_ns() < end;) {
  }
}

TEST_CASE("The first claim is one unit, or what the caller says") {
  CHECK(ChunkSizer(100).next() == 1);
  CHECK(ChunkSizer(100, 7).next() == 7);
}

TEST_CASE("A claim is at most eight times the one before, and at most the limit") {
  ChunkSizer sizer(1000);
  std::uint32_t last = 1;
  for (int i = 0; i < 20; ++i) {
    sizer.ran(last);
    CHECK(sizer.next() >= 1);
    CHECK(sizer.next() <= std::min(8 * last, 1000u));
    last = sizer.next();
  }
}

TEST_CASE("Claims of quick units grow to the limit") {
  ChunkSizer sizer(100);
  support::await("claims to grow", [&] {
    sizer.ran(sizer.next());
    return sizer.next() == 100;
  });
  CHECK(sizer.units() > 1);
}

TEST_CASE("Claims of slow units are one unit") {
  ChunkSizer sizer(1000, 500);
  spend(2 * ChunkSizer::kTargetNs);
  sizer.ran(1);
  CHECK(sizer.next() == 1);
}

TEST_CASE("A claim takes about the target, not more") {
  ChunkSizer sizer(1'000'000, 1000);
  spend(50 * ChunkSizer::kTargetNs);
  sizer.ran(1000);
  CHECK(sizer.next() <= 20);
  CHECK(sizer.next() >= 1);
}

TEST_CASE("A chunk sizer knows what a unit has cost") {
  const std::uint64_t start = now_ns();
  ChunkSizer sizer(100);
  spend(100'000);
  sizer.ran(3);
  spend(100'000);
  sizer.ran(1);
  const std::uint64_t spent = now_ns() - start;
  CHECK(sizer.units() == 4);
  CHECK(sizer.spent_ns() >= 200'000);
  CHECK(sizer.spent_ns() <= spent);
  CHECK(sizer.unit_ns() * 4 == Approx(static_cast<double>(sizer.spent_ns())));
}

TEST_CASE("A pause is not counted") {
  ChunkSizer sizer(100);
  sizer.ran(1);
  const std::uint64_t before = sizer.spent_ns();
  spend(1'000'000);
  sizer.restart();
  CHECK(sizer.spent_ns() == before);
  CHECK(sizer.units() == 1);
}
