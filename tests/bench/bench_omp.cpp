// SPDX-License-Identifier: MIT
// OpenMP as the compiler ships it: tasks from inside a region, and parallel for.
#include <omp.h>

#include "harness.hpp"

namespace {

using bench::Sample;

Sample tasks(size_t workers) {
  Sample sample{};
  auto submit = [](uint32_t* slot) {
#pragma omp task firstprivate(slot)
    bench::increment(slot);
  };
  auto wait = [] {
#pragma omp taskwait
  };
#pragma omp parallel num_threads(workers)
#pragma omp single
  sample = bench::fire_and_forget(submit, wait);
  return sample;
}

Sample big_range(size_t workers) {
  return bench::big_loop([=](const double* in, double* out, size_t n) {
#pragma omp parallel for schedule(static) num_threads(workers)
    for (size_t i = 0; i < n; ++i) out[i] = in[i] * in[i] + 1;
  });
}

Sample big_item(size_t workers) {
  bench::ItemFn fn = bench::opaque_item;
  return bench::big_loop([=](const double* in, double* out, size_t n) {
#pragma omp parallel for schedule(static) num_threads(workers)
    for (size_t i = 0; i < n; ++i) fn(nullptr, in + i, out + i);
  });
}

Sample small(size_t n, size_t workers) {
  return bench::small_loop(n, [=](uint32_t* slots, size_t count) {
#pragma omp parallel for schedule(static) num_threads(workers)
    for (size_t i = 0; i < count; ++i) bench::increment(slots + i);
  });
}

const std::vector<bench::Case> cases = {
    {"W1", "task", tasks},
    {"W4-range", "parallel for", big_range},
    {"W4-item", "parallel for", big_item},
    {"W5-2", "parallel for", [](size_t w) { return small(2, w); }},
    {"W5-64", "parallel for", [](size_t w) { return small(64, w); }},
    {"W5-1000", "parallel for", [](size_t w) { return small(1000, w); }},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, cases); }
