// SPDX-License-Identifier: MIT
// Squares five numbers on all cores.
#include <cstdio>
#include <exception>
#include <tpool/tpool.hpp>
#include <vector>

int square(int x) { return x * x; }

int main() try {
  tp::ThreadPool pool;
  for (int y : pool.map(square, std::vector<int>{5, 4, 3, 2, 1})) std::printf("%d\n", y);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
