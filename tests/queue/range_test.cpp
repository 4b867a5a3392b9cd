// SPDX-License-Identifier: MIT
// Tests of a range of units: its owner takes from the front, others steal from the back.
#include "queue/range.h"

#include "support/test.hpp"

using tp::core::Range;
using tp::core::Span;

namespace {

bool is(Span span, std::uint32_t begin, std::uint32_t end) {
  return span.begin == begin && span.end == end;
}

}  // namespace

TEST_CASE("A new range is empty") {
  Range range;
  CHECK(range.size() == 0);
  CHECK(range.take(1).empty());
  CHECK(range.steal().empty());
}

TEST_CASE("Units are taken from the front") {
  Range range;
  range.set({10, 20});
  CHECK(range.size() == 10);
  CHECK(is(range.take(1), 10, 11));
  CHECK(is(range.take(4), 11, 15));
  CHECK(range.size() == 5);
  CHECK(is(range.take(100), 15, 20));
  CHECK(range.take(1).empty());
}

TEST_CASE("Units behind a span are taken if they are the front") {
  Range range;
  range.set({10, 20});
  CHECK(range.take_behind(9, 5).empty());
  CHECK(range.take_behind(11, 5).empty());
  CHECK(is(range.take_behind(10, 4), 10, 14));
  CHECK(is(range.take_behind(14, 100), 14, 20));
  CHECK(range.take_behind(20, 1).empty());
}

TEST_CASE("The back half is stolen, and the last unit, too") {
  Range range;
  range.set({0, 10});
  CHECK(is(range.steal(), 5, 10));
  CHECK(is(range.steal(), 2, 5));
  CHECK(is(range.steal(), 1, 2));
  CHECK(is(range.steal(), 0, 1));
  CHECK(range.steal().empty());
}

TEST_CASE("A thief may want less than half") {
  Range range;
  range.set({0, 10});
  CHECK(is(range.steal(2), 8, 10));
  CHECK(is(range.steal(100), 4, 8));
  CHECK(is(range.take(1), 0, 1));
  CHECK(is(range.steal(1), 3, 4));
  CHECK(range.size() == 2);
}

TEST_CASE("A range has all numbers of 32 bits") {
  Range range;
  range.set({0, UINT32_MAX});
  CHECK(range.size() == UINT32_MAX);
  CHECK(is(range.take(1), 0, 1));
  CHECK(is(range.steal(), UINT32_MAX / 2 + 1, UINT32_MAX));
  CHECK(is(range.take(UINT32_MAX), 1, UINT32_MAX / 2 + 1));
  CHECK(range.size() == 0);
  range.set({UINT32_MAX - 1, UINT32_MAX});
  CHECK(is(range.take(1), UINT32_MAX - 1, UINT32_MAX));
}

TEST_CASE("Each unit is claimed once by whoever comes") {
  constexpr std::uint32_t kUnits = 100'000;
  constexpr int kThreads = 4;
  std::vector<std::atomic<int>> claims(kUnits);
  Range ranges[kThreads];
  ranges[0].set({0, kUnits});
  std::atomic<std::uint32_t> left{kUnits};
  const auto use = [&](Span span) {
    for (std::uint32_t unit = span.begin; unit != span.end; ++unit) ++claims[unit];
    left -= span.size();
    return !span.empty();
  };
  // Each takes its own, and moves what it steals into it, as a loop does.
  const auto work = [&](int me) {
    while (left > 0) {
      while (use(ranges[me].take(3))) {
      }
      for (int other = 0; other < kThreads; ++other)
        if (const Span stolen = ranges[other].steal(64); !stolen.empty()) {
          ranges[me].set(stolen);
          break;
        }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  std::uint32_t once = 0;
  for (const std::atomic<int>& count : claims) once += count == 1;
  CHECK(once == kUnits);
}
