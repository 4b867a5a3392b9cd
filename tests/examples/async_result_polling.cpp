// SPDX-License-Identifier: MIT
// AsyncResult: ask again and again whether the results are there, then get them.
#include "check.h"

#include <chrono>
#include <tpool/tpool.hpp>
#include <vector>

using namespace std::chrono_literals;

int nap(int tenths) {
  sleep_tenths(tenths);
  return tenths;
}

int main() {
  constexpr int timeout = 25;
  tp::ThreadPool pool(4);
  const double start = now_tenths();
  auto async_result = pool.map_async(nap, std::vector<int>{5, 4});

  int polls = 0;
  while (polls < timeout && !async_result.wait(100ms)) {
    std::printf("not yet\n");
    ++polls;
  }

  CHECK(async_result.ready());
  CHECK(now_tenths() - start >= 5);
  CHECK(async_result.successful());
  CHECK(async_result.get() == std::vector<int>{5, 4});
}
