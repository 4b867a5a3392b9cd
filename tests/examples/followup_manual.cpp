// SPDX-License-Identifier: MIT
// Follow-up tasks by hand: read results as they come, and give the pool a second task for some.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>
#include <utility>

constexpr int n_tasks = 10;

std::pair<int, double> task1(int identifier) {
  const double value = random_of(identifier);
  sleep_tenths(value);
  std::printf(">%d generated %.3f\n", identifier, value);
  return {identifier, value};
}

int main() {
  int followed[n_tasks] = {};
  auto task2 = [&](int identifier, double result) {
    const double value = random_of(identifier + n_tasks);
    sleep_tenths(value);
    std::printf(">>%d with %.3f, generated %.3f\n", identifier, result, value);
    ++followed[identifier];
  };

  tp::ThreadPool pool;
  for (auto [i, v] : pool.imap_unordered(task1, range(n_tasks))) {
    if (v > 0.5) pool.apply_async(task2, i, v);
  }
  pool.close();
  pool.join();
  std::printf("All done.\n");
  for (int i : range(n_tasks)) CHECK(followed[i] == (random_of(i) > 0.5));
}
