// SPDX-License-Identifier: MIT
// imap_unordered with a chunksize: items run two by two on one worker each, and their results are
// still handed over one by one.
#include "check.h"
#include "range.h"

#include <thread>
#include <tpool/tpool.hpp>
#include <utility>

constexpr int n_tasks = 40;

auto task(int identifier) {
  sleep_tenths(1);
  return std::pair(identifier, std::this_thread::get_id());
}

int main() {
  tp::ThreadPool pool(4);
  tp::options<> by_two;
  by_two.chunksize = 2;

  int n_results = 0;
  std::thread::id worker_of[n_tasks];
  const double start = now_tenths();
  for (auto [identifier, worker] : pool.imap_unordered(task, range(n_tasks), by_two)) {
    std::printf("Got result: %d\n", identifier);
    worker_of[identifier] = worker;
    ++n_results;
  }
  CHECK(now_tenths() - start >= n_tasks / 4);
  CHECK(n_results == n_tasks);
  for (int i = 0; i < n_tasks; i += 2) CHECK(worker_of[i] == worker_of[i + 1]);
}
