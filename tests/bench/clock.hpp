// SPDX-License-Identifier: MIT
// How work is timed.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

struct Sample {
  double value;   // in the unit of its workload; mostly ns per task, call, loop or item
  double cpu_ns;  // what all threads of the process spent, per the same
};

inline double now_ns(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t;
  clock_gettime(clock, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

inline double cpu_now_ns() { return now_ns(CLOCK_PROCESS_CPUTIME_ID); }

// The value that so many of all are below; share < 1.
inline double quantile(std::vector<double> values, double share) {
  auto at =
      values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size()) * share);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

// Runs body once; both times are divided by n.
template <class Body>
Sample timed(size_t n, Body body) {
  double cpu = cpu_now_ns(), wall = now_ns();
  body();
  wall = now_ns() - wall;
  cpu = cpu_now_ns() - cpu;
  return {wall / static_cast<double>(n), cpu / static_cast<double>(n)};
}

// Calls body up to n times, at most 0.4 s, with a pause before each; the wall time is the median, or
// another quantile.
template <class Body>
Sample timed_each(size_t n, std::chrono::microseconds pause, Body body, double share = 0.5) {
  std::vector<double> walls;
  walls.reserve(n);
  Sample all = timed(1, [&] {
    for (double end = now_ns() + 4e8; walls.size() < n && now_ns() < end;) {
      if (pause.count() != 0) std::this_thread::sleep_for(pause);
      walls.push_back(timed(1, body).value);
    }
  });
  return {quantile(walls, share), all.cpu_ns / static_cast<double>(walls.size())};
}

// Calls body in batches of 10 ms or one call each: 9, or as many as fit into 0.4 s. Yields the
// times of one call, the medians of the batches, divided by n.
template <class Body>
Sample timed_often(size_t n, Body body) {
  size_t batch = 1;
  auto run = [&] {
    return timed(batch * n, [&] {
      for (size_t i = 0; i < batch; ++i) body();
    });
  };
  for (body(); run().value * static_cast<double>(batch * n) < 1e7;) batch *= 4;
  std::vector<double> walls, cpus;
  for (double end = now_ns() + 4e8; walls.size() < 9 && now_ns() < end;) {
    const Sample sample = run();
    walls.push_back(sample.value);
    cpus.push_back(sample.cpu_ns);
  }
  return {median(walls), median(cpus)};
}

}  // namespace bench
