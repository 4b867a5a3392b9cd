// SPDX-License-Identifier: MIT
// How a run tells that its result was wrong.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bench {

inline void check(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::_Exit(1);  // the library may still be running tasks
}

}  // namespace bench
