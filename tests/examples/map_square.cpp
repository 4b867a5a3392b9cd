// SPDX-License-Identifier: MIT
// map: five workers square numbers; the results come back in the order of the input.
#include "check.h"

#include <tpool/tpool.hpp>
#include <vector>

int square_it(int x) { return x * x; }

int main() {
  tp::ThreadPool pool(5);

  std::vector<int> results = pool.map(square_it, std::vector<int>{5, 4, 3, 2, 1});
  for (int result : results) std::printf("%d\n", result);
  CHECK(results == std::vector<int>{25, 16, 9, 4, 1});
}
