// SPDX-License-Identifier: MIT
// tp::invoke: quicksort, whose two parts are sorted at the same time.
#include "check.h"
#include "range.h"

#include <algorithm>
#include <tpool/tpool.hpp>

using Iterator = std::vector<int>::iterator;

void sort(Iterator first, Iterator last) {
  if (last - first < 100) return std::sort(first, last);  // too little to share
  const int pivot = *(first + (last - first) / 2);
  const Iterator low = std::partition(first, last, [=](int n) { return n < pivot; });
  const Iterator high = std::partition(low, last, [=](int n) { return n == pivot; });
  tp::invoke([=] { sort(first, low); }, [=] { sort(high, last); });
}

int main() {
  std::vector<int> numbers = range(1000000);
  for (std::size_t i = numbers.size(), seed = 1; i-- > 1;) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    std::swap(numbers[i], numbers[(seed >> 33) % (i + 1)]);
  }
  tp::ThreadPool pool;
  pool.apply([&] { sort(numbers.begin(), numbers.end()); });
  CHECK(numbers == range(1000000));
  std::printf("sorted %zu numbers\n", numbers.size());
}
