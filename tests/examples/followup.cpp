// SPDX-License-Identifier: MIT
// Follow-up tasks for some results. By hand: read results as they come, and submit more. From the
// callback of a map: it gets all results at once; who has waited for the map can close the pool,
// because the callback has returned by then.
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
  pool.wait_idle();

  auto result_callback = [&](const std::vector<std::pair<int, double>>& results) {
    for (auto [i, v] : results) {
      if (v > 0.5) pool.apply_async(task2, i, v);
    }
  };
  auto result = pool.map_async(task1, range(n_tasks), tp::make_options(result_callback));
  result.wait();
  pool.close();
  pool.join();
  std::printf("All done.\n");
  for (int i : range(n_tasks)) CHECK(followed[i] == 2 * (random_of(i) > 0.5));
}
