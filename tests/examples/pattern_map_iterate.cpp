// SPDX-License-Identifier: MIT
// Pattern: map, then go through the results.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>
#include <utility>

std::pair<int, double> task(int value) {
  const double random_value = random_of(value);
  sleep_tenths(random_value);
  return {value, random_value};
}

int main() {
  tp::ThreadPool pool;

  int expected = 0;
  for (auto [value, random_value] : pool.map(task, range(10))) {
    std::printf(">got (%d, %.3f)\n", value, random_value);
    CHECK(value == expected && random_value == random_of(expected));
    ++expected;
  }
  CHECK(expected == 10);
}
