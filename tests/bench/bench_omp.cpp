// SPDX-License-Identifier: MIT
// OpenMP as the compiler ships it: tasks from inside a region, and parallel for.
#include <omp.h>

#include "harness.hpp"

namespace {

struct For {
  static constexpr auto name = "parallel for";
  static constexpr bool helps = true;
  static constexpr bool process_wide = true;

  explicit For(size_t workers) { omp_set_num_threads(static_cast<int>(workers)); }

  template <class Body>
  void for_range(size_t n, const Body& body) {
#pragma omp parallel
    {
      const size_t k = static_cast<size_t>(omp_get_thread_num());
      const size_t threads = static_cast<size_t>(omp_get_num_threads());
      body(n * k / threads, n * (k + 1) / threads);
    }
  }
  template <class Body>
  void for_each(size_t n, const Body& body) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; ++i) body(i);
  }
  double sum(const std::vector<double>& in) {
    double sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (size_t i = 0; i < in.size(); ++i) sum += in[i];
    return sum;
  }
};

struct Task {
  static constexpr auto name = "task";
  static constexpr bool helps = true;

  template <class Body>
  static bench::Sample within(size_t workers, Body body) {
    bench::Sample sample{};
    Task library;
#pragma omp parallel num_threads(workers)
#pragma omp single
    sample = body(library);
    return sample;
  }

  template <void (*fn)(void*)>
  void submit(void* arg) {
#pragma omp task firstprivate(arg)
    fn(arg);
  }
  void wait(size_t){
#pragma omp taskwait
  }

  uint64_t fib(uint64_t n) {
    if (n < 2) return n;
    uint64_t spawned = 0;
#pragma omp task shared(spawned)
    spawned = fib(n - 1);
    const uint64_t other = fib(n - 2);
#pragma omp taskwait
    return spawned + other;
  }
};

}  // namespace

int main(int argc, char** argv) { return bench::run<For, Task>(argc, argv); }
