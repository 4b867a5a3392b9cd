// SPDX-License-Identifier: MIT
// map, imap and imap_unordered side by side: when, and in which order, each hands over the results
// of tasks that take 0, 4, 5 and 2 tenths of a second on 4 workers.
#include "check.h"

#include <tpool/tpool.hpp>
#include <vector>

struct Received {
  std::vector<int> values;
  std::vector<double> tenths;  // since the start, for each value
};

int nap(int tenths) {
  sleep_tenths(tenths);
  return tenths;
}

const std::vector<int> iterable = {0, 4, 5, 2};

template <class Results>
Received receive(double start, Results&& results) {
  Received received;
  for (int result : results) {
    received.values.push_back(result);
    received.tenths.push_back(now_tenths() - start);
    std::printf("%d took %.0f tenths\n", result, received.tenths.back());
  }
  return received;
}

bool in_time(const std::vector<double>& tenths, const std::vector<int>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (tenths[i] < expected[i] || tenths[i] >= expected[i] + 0.5) return false;
  }
  return true;
}

bool map_shows(tp::ThreadPool& pool) {
  std::printf("map\n");
  const double start = now_tenths();
  const Received received = receive(start, pool.map(nap, iterable));
  CHECK(received.values == iterable);
  return in_time(received.tenths, {5, 5, 5, 5});
}

bool imap_shows(tp::ThreadPool& pool) {
  std::printf("\nimap\n");
  const double start = now_tenths();
  const Received received = receive(start, pool.imap(nap, iterable));
  CHECK(received.values == iterable);
  return in_time(received.tenths, {0, 4, 5, 5});
}

// The order in which tasks end is a matter of time, too.
bool imap_unordered_shows(tp::ThreadPool& pool) {
  std::printf("\nimap_unordered\n");
  const double start = now_tenths();
  const Received received = receive(start, pool.imap_unordered(nap, iterable));
  const std::vector<int> expected = {0, 2, 4, 5};
  return received.values == expected && in_time(received.tenths, expected);
}

int main() {
  tp::ThreadPool pool(4);

  CHECK_TIMED(map_shows(pool));
  CHECK_TIMED(imap_shows(pool));
  CHECK_TIMED(imap_unordered_shows(pool));
}
