// SPDX-License-Identifier: MIT
// imap_unordered: results are handed over as tasks end, while others still run; on a terminal a bar
// shows how many have come.
#include "check.h"
#include "range.h"

#include <atomic>
#include <tpool/progress.hpp>
#include <tpool/tpool.hpp>
#include <utility>

constexpr int n_tasks = 50;

// Reads all results; returns whether the first came before the last task was done.
bool comes_early(tp::ThreadPool& pool) {
  std::atomic<int> done{0};
  auto task = [&](int identifier) {
    const double value = random_of(identifier);
    std::printf("Task %d executing with %.3f\n", identifier, value);
    sleep_tenths(value);
    ++done;
    return std::pair(identifier, value);
  };

  int done_at_first = 0;
  int got[n_tasks] = {};
  auto results = pool.imap_unordered(task, range(n_tasks));
  for (auto [identifier, value] : tp::progress(results, n_tasks)) {
    if (done_at_first == 0) done_at_first = done;
    std::printf("Got result: %.3f\n", value);
    CHECK(value == random_of(identifier));
    ++got[identifier];
  }
  for (int times : got) CHECK(times == 1);
  return done_at_first < n_tasks;
}

int main() {
  tp::ThreadPool pool;

  CHECK_TIMED(comes_early(pool));
}
