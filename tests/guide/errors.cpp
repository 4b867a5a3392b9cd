// SPDX-License-Identifier: MIT
// Guide: exceptions of tasks, statuses of the library, cancelling and stopping in C++.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

int only_even(int x) {
  if (x % 2 != 0) throw std::invalid_argument("an odd number");
  return x;
}

void show_stream(tp::ThreadPool& pool) {
  const std::vector<int> numbers = {0, 1, 2, 3, 4};
  auto stream = pool.imap(only_even, numbers);
  int sum = 0, bad = 0;

  for (bool more = true; more;) {
    try {
      if (std::optional<int> x = stream.next()) {
        sum += *x;
      } else {
        more = false;
      }
    } catch (const std::invalid_argument& error) {
      std::printf("%s\n", error.what());  // this item; the stream goes on
      ++bad;
    }
  }

  CHECK(sum == 6 && bad == 2);
}

bool show_cancel(tp::ThreadPool& pool) {
  std::atomic<bool> release = false;
  auto first = pool.apply_async([&] {
    while (!release) std::this_thread::yield();
  });
  auto second = pool.apply_async([] { return 1; });  // waits for the only worker

  second.cancel();
  release = true;
  first.wait();
  try {
    second.get();
  } catch (const tp::Canceled& error) {
    std::printf("%s\n", error.what());
    return true;
  }
  return false;
}

int count_until_stopped() {
  int steps = 0;
  while (!tp::this_task::stop_requested()) ++steps;
  return steps;
}

void show_stop(tp::ThreadPool& pool) {
  auto result = pool.apply_async(count_until_stopped);
  if (!result.wait(10ms)) result.cancel();
  try {
    std::printf("%d steps\n", result.get());
  } catch (const tp::Canceled&) {
    std::puts("not even started");
  }
  CHECK(result.ready());
}

bool show_refused() {
  tp::ThreadPool pool(1);
  pool.close();
  try {
    pool.apply(only_even, 2);
  } catch (const tp::PoolNotRunning&) {
    return true;
  }
  return false;
}

int main() {
  tp::ThreadPool pool(1);
  show_stream(pool);
  CHECK(show_cancel(pool));
  show_stop(pool);
  CHECK(show_refused());
}
