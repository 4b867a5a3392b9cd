// SPDX-License-Identifier: MIT
// chunksize: 40 tasks of a tenth of a second on 4 workers. Four chunks of ten are the best split by
// hand; without a chunksize, map finds a split that is as fast.
#include "check.h"
#include "range.h"

#include <tpool/tpool.hpp>

constexpr int n_tasks = 40;

double task(int identifier) {
  sleep_tenths(1);
  return random_of(identifier);
}

// Returns how many tenths of a second the map took.
double time_map(tp::ThreadPool& pool, const tp::options<>& options) {
  const double start = now_tenths();
  const std::vector<double> results = pool.map(task, range(n_tasks), options);
  const double took = now_tenths() - start;
  int identifier = 0;
  for (double result : results) CHECK(result == random_of(identifier++));
  CHECK(took >= n_tasks / 4);
  return took;
}

bool default_is_as_fast(tp::ThreadPool& pool) {
  tp::options<> tens;
  tens.chunksize = 10;
  const double by_default = time_map(pool, {});
  const double by_hand = time_map(pool, tens);
  std::printf("default: %.2f s, chunksize 10: %.2f s\n", by_default / 10, by_hand / 10);
  return by_default < by_hand + 0.5;  // one task less balanced is 1 more
}

int main() {
  tp::ThreadPool pool(4);

  CHECK_TIMED(default_is_as_fast(pool));
}
