// SPDX-License-Identifier: MIT
// Pattern: apply_async and forget; close and join wait for what was issued.
#include "check.h"

#include <tpool/tpool.hpp>

int main() {
  int ran = 0;
  auto task = [&](int value) {
    sleep_tenths(random_of(value));
    std::printf(">task got (%d, %.3f)\n", value, random_of(value));
    ran = value;
  };

  tp::ThreadPool pool;
  pool.apply_async(task, 1);
  pool.close();
  pool.join();
  CHECK(ran == 1);
}
