// SPDX-License-Identifier: MIT
// Guide: a recursion whose calls run in parallel.
#include <numeric>
#include <stdexcept>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

long sum(const int* numbers, std::size_t n) {
  if (n <= 1000) return std::accumulate(numbers, numbers + n, 0L);
  const std::size_t half = n / 2;
  const auto [left, right] =
      tp::invoke([=] { return sum(numbers, half); }, [=] { return sum(numbers + half, n - half); });
  return left + right;
}

void show_sum(tp::ThreadPool& pool) {
  const std::vector<int> numbers(100'000, 3);

  const long total = pool.apply(sum, numbers.data(), numbers.size());

  CHECK(total == 300'000);
}

void show_exception(tp::ThreadPool& pool) {
  int ended = 0;
  bool caught = false;

  pool.apply([&] {
    try {
      tp::invoke([] { throw std::runtime_error("left"); }, [&] { ++ended; });
    } catch (const std::runtime_error&) {
      caught = ended == 1;  // all of them have ended
    }
  });

  CHECK(caught);
}

int main() {
  tp::ThreadPool pool;
  show_sum(pool);
  show_exception(pool);
}
