// SPDX-License-Identifier: MIT
// Guide: std::async, and the same with a pool.
#include <future>
#include <numeric>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

int square(int x) { return x * x; }

const std::vector<int> numbers = {1, 2, 3, 4};

int sum_by_async() {
  std::vector<std::future<int>> futures;
  for (int x : numbers) futures.push_back(std::async(std::launch::async, square, x));
  int sum = 0;
  for (std::future<int>& future : futures) sum += future.get();
  return sum;
}

int sum_by_pool(tp::ThreadPool& pool) {
  const std::vector<int> squares = pool.map(square, numbers);
  return std::accumulate(squares.begin(), squares.end(), 0);
}

int one_by_async() {
  std::future<int> future = std::async(std::launch::async, square, 7);
  return future.get();
}

int one_by_pool(tp::ThreadPool& pool) {
  auto result = pool.apply_async(square, 7);
  return result.get();
}

int main() {
  tp::ThreadPool pool;
  CHECK(sum_by_async() == 30 && sum_by_pool(pool) == 30);
  CHECK(one_by_async() == 49 && one_by_pool(pool) == 49);
}
