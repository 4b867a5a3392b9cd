// SPDX-License-Identifier: MIT
// Guide: a call that is tried again when it fails or takes too long.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <tpool/tpool.hpp>

#include "check.h"

using namespace std::chrono_literals;

namespace {

std::atomic<int> calls{0};

int fetch(int key) {
  switch (++calls) {
    case 1:
      throw std::runtime_error("no answer");
    case 2:
      while (tp_task_stop_requested() == 0) std::this_thread::sleep_for(1ms);
      throw std::runtime_error("too slow");
    default:
      return 10 * key;
  }
}

// Calls f at most `tries` times, each time with its own limit.
template <class F>
auto retry(tp::ThreadPool& pool, int tries, std::chrono::duration<double> limit, F f) {
  for (;;) {
    tp::options<> how;
    how.deadline = limit;
    auto result = pool.apply_async(how, f);
    try {
      return result.get();
    } catch (const std::exception&) {
      if (--tries == 0) throw;
    }
  }
}

void show_retry(tp::ThreadPool& pool) {
  CHECK(retry(pool, 3, 50ms, [] { return fetch(7); }) == 70);
  CHECK(calls == 3);
}

// A limit for the wait alone: the job goes on.
void show_wait(tp::ThreadPool& pool) {
  std::atomic<bool> gate{false};
  auto result = pool.apply_async([&] {
    while (!gate) std::this_thread::sleep_for(1ms);
    return 5;
  });
  try {
    result.get(10ms);
    CHECK(false);
  } catch (const tp::TimeoutError&) {
    CHECK(!result.ready());
  }
  gate = true;
  CHECK(result.get() == 5);
}

}  // namespace

int main() {
  tp::ThreadPool pool(2);
  show_retry(pool);
  show_wait(pool);
}
