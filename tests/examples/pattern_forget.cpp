// SPDX-License-Identifier: MIT
// Pattern: apply_async or map_async, and forget; close and join wait for what was issued.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>

int main() {
  int ran[11] = {};
  auto task = [&](int value) {
    sleep_tenths(random_of(value));
    std::printf(">task got (%d, %.3f)\n", value, random_of(value));
    ++ran[value];
  };

  tp::ThreadPool pool;
  pool.apply_async(task, 10);
  pool.map_async(task, range(10));
  pool.close();
  pool.join();
  for (int times : ran) CHECK(times == 1);
}
