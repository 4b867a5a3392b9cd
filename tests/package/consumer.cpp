// SPDX-License-Identifier: MIT
// A program outside the tree: C++17 against the installed headers and library.
#include <iostream>
#include <stdexcept>
#include <tpool/tpool.hpp>
#include <tpool/version.h>
#include <vector>

int main() {
  tp::ThreadPool pool;
  const std::vector<int> items{1, 2, 3, 4};
  const std::vector<int> values = pool.map([](int x) { return x * x; }, items);
  try {
    pool.apply([] { throw std::runtime_error("an exception that went through the library"); });
  } catch (const std::runtime_error& error) {
    std::cout << tp_version() << ": " << error.what() << '\n';
    return values == std::vector<int>{1, 4, 9, 16} ? 0 : 1;
  }
  return 1;
}
