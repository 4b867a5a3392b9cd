// SPDX-License-Identifier: MIT
// map for the effect alone: the task returns nothing, and map still waits until all have run.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>

int main() {
  tp::ThreadPool pool;
  int executed[10] = {};

  auto task = [&](int identifier) {
    const double value = random_of(identifier);
    std::printf("Task %d executing with %.3f\n", identifier, value);
    sleep_tenths(value);
    ++executed[identifier];
  };

  pool.map(task, range(10));
  for (int times : executed) CHECK(times == 1);
}
