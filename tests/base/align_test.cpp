// SPDX-License-Identifier: MIT
// Tests of the sizes of trailing storage.
#include "base/align.h"

#include "support/test.hpp"

using tp::core::add_aligned;
using tp::core::aligned;
using tp::core::place;

constexpr std::size_t kAlign = alignof(std::max_align_t);

TEST_CASE("A size is rounded up to the alignment") {
  CHECK(aligned(0) == 0);
  CHECK(aligned(1) == kAlign);
  CHECK(aligned(kAlign - 1) == kAlign);
  CHECK(aligned(kAlign) == kAlign);
  CHECK(aligned(kAlign + 1) == 2 * kAlign);
}

TEST_CASE("A sum of sizes is rounded up") {
  std::size_t sum = 0;
  REQUIRE(add_aligned(0, 0, sum));
  CHECK(sum == 0);
  REQUIRE(add_aligned(kAlign, 1, sum));
  CHECK(sum == 2 * kAlign);
  REQUIRE(add_aligned(3, kAlign - 3, sum));
  CHECK(sum == kAlign);
}

TEST_CASE("A sum of sizes that overflows is refused") {
  constexpr std::size_t kLargest = SIZE_MAX & ~(kAlign - 1);
  std::size_t sum = 0;
  REQUIRE(add_aligned(kLargest - kAlign, kAlign, sum));
  CHECK(sum == kLargest);
  CHECK_FALSE(add_aligned(kLargest, 1, sum));  // only by the rounding
  CHECK_FALSE(add_aligned(SIZE_MAX, 1, sum));
  CHECK_FALSE(add_aligned(1, SIZE_MAX, sum));
  CHECK_FALSE(add_aligned(SIZE_MAX, SIZE_MAX, sum));
}

TEST_CASE("An object is placed at the alignment that its size can need") {
  std::size_t begin = 0, end = 0;
  for (const auto& [bytes, at] : {std::pair<std::size_t, std::size_t>{1, 3},
                                  {2, 4},
                                  {3, 4},
                                  {4, 4},
                                  {7, 4},
                                  {8, 8},
                                  {15, 8},
                                  {16, 16},
                                  {17, 16},
                                  {100, 16}}) {
    REQUIRE(place(3, bytes, begin, end));
    CHECK(begin == at);
    CHECK(end == at + bytes);
  }
}

TEST_CASE("A place that overflows is refused") {
  std::size_t begin = 0, end = 0;
  CHECK_FALSE(place(SIZE_MAX - 4, 8, begin, end));
  CHECK_FALSE(place(SIZE_MAX, 8, begin, end));
  CHECK_FALSE(place(16, SIZE_MAX, begin, end));
}
