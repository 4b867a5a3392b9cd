// SPDX-License-Identifier: MIT
// Pattern: imap_unordered, and use each result as its task completes.
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

  int got[10] = {};
  for (auto [value, random_value] : pool.imap_unordered(task, range(10))) {
    std::printf(">got (%d, %.3f)\n", value, random_value);
    CHECK(random_value == random_of(value));
    ++got[value];
  }
  for (int times : got) CHECK(times == 1);
}
