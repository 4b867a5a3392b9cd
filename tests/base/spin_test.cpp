// SPDX-License-Identifier: MIT
// Tests of spinning.
#include "base/spin.h"

#include "support/test.hpp"

using tp::core::now_ns;
using tp::core::spin;

TEST_CASE("Spinning ends with the condition") {
  for (const int pauses : {1, 4, 16, 100}) {
    // a spin that loses its CPU runs out of time: the looks go on with the next one
    int looks = 0;
    while (!spin(pauses, [&] { return ++looks >= 3; })) REQUIRE(looks < 3);
    CHECK(looks == 3);
  }
}

TEST_CASE("Spinning ends without the condition, after a last look") {
  for (const int pauses : {1, 16, 100}) {
    const auto start = now_ns();
    CHECK_FALSE(spin(pauses, [] { return false; }));
    CHECK(now_ns() - start >= 10'000);
  }
}
