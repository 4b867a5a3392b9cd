// SPDX-License-Identifier: MIT
// Guide: levels of jobs, pausing, resizing and cancelling all in C++.
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int main() {
  tp::ThreadPool pool(1);
  std::vector<int> order;

  tp::options<> urgent, background;
  urgent.priority = tp::priority::urgent;
  background.priority = tp::priority::background;
  pool.pause();
  pool.apply_async(background, [&] { order.push_back(3); });
  pool.apply_async([&] { order.push_back(2); });
  pool.apply_async(urgent, [&] { order.push_back(1); });
  pool.resume();
  pool.wait_idle();
  CHECK(order == std::vector{1, 2, 3});

  pool.resize(4);
  CHECK(pool.workers() == 4);

  pool.pause();
  auto cut = pool.apply_async([] { return 1; });
  pool.cancel();  // cut.get() throws tp::Canceled
  pool.resume();
  bool was_cut = false;
  try {
    cut.get();
  } catch (const tp::Canceled&) {
    was_cut = true;
  }
  CHECK(was_cut);
}
