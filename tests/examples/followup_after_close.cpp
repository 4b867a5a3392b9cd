// SPDX-License-Identifier: MIT
// A pool closed too early: the follow-up task of the callback is refused with PoolNotRunning. The
// exception leaves the callback and becomes that of the result, and the pool ends as it should.
#include "check.h"
#include "range.h"

#include <mutex>
#include <tpool/tpool.hpp>

int main() {
  std::mutex before_close;  // so that the close comes first on any machine
  auto task1 = [&](int identifier) {
    std::lock_guard gate(before_close);
    return random_of(identifier);
  };
  auto task2 = [] { CHECK(false); };  // a refused task never runs

  tp::ThreadPool pool;
  auto result_callback = [&](const std::vector<double>&) { pool.apply_async(task2); };
  std::unique_lock gate(before_close);
  auto result = pool.map_async(task1, range(10), tp::make_options(result_callback));
  pool.close();
  gate.unlock();
  pool.join();

  bool refused = false;
  try {
    result.get();
  } catch (const tp::PoolNotRunning& error) {
    std::printf("The follow-up: %s\n", error.what());
    refused = true;
  }
  CHECK(refused);
}
