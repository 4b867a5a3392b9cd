// SPDX-License-Identifier: MIT
// Runs the part that is compiled as C99.
#include "support/test.hpp"

extern "C" int smoke_c99(void);

TEST_CASE("Every function works from C99") {
  const int line_that_failed = smoke_c99();
  CHECK(line_that_failed == 0);
}
