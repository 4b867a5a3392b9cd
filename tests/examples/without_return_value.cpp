// SPDX-License-Identifier: MIT
// Tasks for their effect alone: map waits until all have run; nobody reads the stream of
// imap_unordered, which is detached, and close and join still run all of its tasks.
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

  pool.map(task, range(10));
  for (int i : range(n_tasks)) CHECK(executed[i] == (i < 10));

  pool.imap_unordered(task, range(n_tasks)).detach();
  pool.close();
  pool.join();
  for (int i : range(n_tasks)) CHECK(executed[i] == 1 + (i < 10));
}
