// SPDX-License-Identifier: MIT
// Guide: an event loop of one thread in C++, which gets its callbacks by poll.
#include <poll.h>

#include <chrono>
#include <thread>
#include <tpool/tpool.hpp>

#include "check.h"

int main() {
  tp::pool_options manual;
  manual.manual_callbacks = true;
  tp::ThreadPool pool(manual);
  const std::thread::id loop = std::this_thread::get_id();
  int shown = 0, sum = 0;  // touched by the thread of the loop alone: needs no lock
  auto show = [&](int square) {
    CHECK(std::this_thread::get_id() == loop);
    ++shown;
    sum += square;
  };
  for (int i = 0; i < 10; ++i) {
    pool.apply_async(tp::make_options(show), [i] { return i * i; });
  }

  pollfd ready{pool.fd(), POLLIN, 0};
  while (shown < 10) {
    poll(&ready, 1, -1);  // and whatever else the program waits for
    if (ready.revents & POLLIN) pool.run_callbacks();
  }
  CHECK(sum == 285);
}
