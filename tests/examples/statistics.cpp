// SPDX-License-Identifier: MIT
// Loops and reductions: reduce, transform_reduce, map_into, also into memory without objects, and a histogram with
// tp::PerWorker.
#include "check.h"

#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <tpool/tpool.hpp>
#include <vector>

using Histogram = std::array<int, 10>;

double square(double x) { return x * x; }

int main() {
  tp::ThreadPool pool;
  std::vector<double> samples(1000000);
  pool.for_index(samples.size(), [&](std::size_t i) { samples[i] = random_of(int(i)); });

  // With a chunksize the sums have the same bits in each run, on any number of workers.
  tp::options<> chunks;
  chunks.chunksize = 4096;
  const double count = double(samples.size());
  const double mean = pool.reduce(samples, 0.0, std::plus<>(), chunks) / count;
  const double squares = pool.transform_reduce(samples, 0.0, std::plus<>(), square, chunks);
  std::printf("mean %.6f, variance %.6f\n", mean, squares / count - mean * mean);
  CHECK(mean > 0.49 && mean < 0.51);
  tp::ThreadPool one(1);
  CHECK(mean == one.reduce(samples, 0.0, std::plus<>(), chunks) / count);

  // Each thread counts in a histogram of its own.
  tp::PerWorker<Histogram> local(pool, [] { return Histogram{}; });
  pool.for_each(samples, [&](double x) { ++local.get()[std::size_t(x * 10)]; });
  Histogram all{};
  for (const Histogram& each : local) {
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += each[i];
  }

  // The values go into memory that is there already.
  std::array<std::string, 10> bars;
  pool.map_into(
      bars, [](int n) { return std::string(std::size_t(n) / 4000, '#'); }, all);
  for (const std::string& bar : bars) std::puts(bar.c_str());
  CHECK(bars[0].size() > 20);

  // The same for memory that has no objects yet: the workers make them.
  std::allocator<double> memory;
  double* const roots = memory.allocate(samples.size());
  pool.map_into(
      tp::uninitialized(roots), [](double x) { return std::sqrt(x); }, samples);
  for (std::size_t i = 0; i < samples.size(); ++i) CHECK(roots[i] == std::sqrt(samples[i]));
  memory.deallocate(roots, samples.size());
}
