// SPDX-License-Identifier: MIT
// imap_unordered for the effect alone: nobody reads the stream, which is detached, and close and join
// still run all of its tasks.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>

constexpr int n_tasks = 50;

int main() {
  int executed[n_tasks] = {};
  tp::ThreadPool pool;

  auto task = [&](int identifier) {
    const double value = random_of(identifier);
    std::printf("Task %d executing with %.3f\n", identifier, value);
    sleep_tenths(value);
    ++executed[identifier];
  };

  pool.imap_unordered(task, range(n_tasks)).detach();
  pool.close();
  pool.join();
  for (int times : executed) CHECK(times == 1);
}
