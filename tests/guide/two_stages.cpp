// SPDX-License-Identifier: MIT
// Guide: two stages of work on one pool in C++.
#include <numeric>
#include <optional>
#include <stdexcept>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

double half(int n) {
  if (n % 100 == 99) throw std::invalid_argument("one of those that fail");
  return n / 2.0;
}

double square(double x) { return x * x; }

int main() {
  tp::ThreadPool pool;
  std::vector<int> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 0);
  int failed = 0;
  double expected = 0;

  auto squares = pool.imap(square, pool.imap(half, numbers));
  for (;;) {
    try {
      const std::optional<double> value = squares.next();
      if (!value) break;
      CHECK(*value == expected * expected);
    } catch (const std::exception&) {
      ++failed;  // half threw it: this item has no square
    }
    expected += 0.5;
  }

  CHECK(expected == 500);
  CHECK(failed == 10);
}
