// SPDX-License-Identifier: MIT
// Guide: groups of jobs in C++.
#include <numeric>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int main() {
  tp::ThreadPool pool;
  int squares[3];
  std::vector<int> order;

  {
    tp::Group group(pool);
    for (int i = 0; i < 3; ++i) group.apply_async(tp::forget, [&squares, i] { squares[i] = i * i; });
  }  // here all have run

  CHECK(std::accumulate(std::begin(squares), std::end(squares), 0) == 5);

  tp::group_options serial;
  serial.max_running = 1;
  tp::Group queue(pool, serial);
  for (int i = 0; i < 3; ++i) queue.apply_async(tp::forget, [&order, i] { order.push_back(i); });
  queue.wait();
  CHECK(order == std::vector{0, 1, 2});
}
