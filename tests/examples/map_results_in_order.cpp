// SPDX-License-Identifier: MIT
// map: whatever time each task takes, its result stands where its item stood.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>

double task(int identifier) {
  const double value = random_of(identifier);
  std::printf("Task %d executing with %.3f\n", identifier, value);
  sleep_tenths(value);
  return value;
}

int main() {
  tp::ThreadPool pool;  // a worker for each CPU

  int identifier = 0;
  for (double result : pool.map(task, range(10))) {
    std::printf("Got result: %.3f\n", result);
    CHECK(result == random_of(identifier++));
  }
  CHECK(identifier == 10);
}
