// SPDX-License-Identifier: MIT
// The workloads that every benchmark program runs, and how they are timed and checked.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

struct Sample {
  double wall_ns;  // per task, call, loop or item
  double cpu_ns;   // the same of the whole process
};

// One line of the table: a workload, as one way of using the library runs it.
struct Case {
  const char* workload;
  const char* variant;
  std::function<Sample(size_t workers)> run;
};

inline void check(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::_Exit(1);  // the library may still be running tasks
}

inline double now_ns(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t;
  clock_gettime(clock, &t);
  return 1e9 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec);
}

inline double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Runs body once; both times are divided by n.
template <class Body>
Sample timed(size_t n, Body body) {
  double cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), wall = now_ns();
  body();
  wall = now_ns() - wall;
  cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  return {wall / static_cast<double>(n), cpu / static_cast<double>(n)};
}

// Calls body up to n times, at most 0.4 s, with a pause before each; the wall time is the median.
template <class Body>
Sample timed_each(size_t n, std::chrono::microseconds pause, Body body) {
  std::vector<double> walls;
  walls.reserve(n);
  Sample all = timed(1, [&] {
    for (double end = now_ns() + 4e8; walls.size() < n && now_ns() < end;) {
      if (pause.count() != 0) std::this_thread::sleep_for(pause);
      walls.push_back(timed(1, body).wall_ns);
    }
  });
  return {median(walls), all.cpu_ns / static_cast<double>(walls.size())};
}

// W1: one thread submits tasks that increment a slot each, then waits for all of them.
inline void increment(uint32_t* slot) { ++*slot; }

template <class Submit, class Wait>
Sample fire_and_forget(Submit submit, Wait wait) {
  const size_t n = 1000000, warm = 2000;
  std::vector<uint32_t> slots(n, 0);
  auto run = [&](size_t count) {
    for (size_t i = 0; i < count; ++i) submit(&slots[i]);
    wait();
  };
  run(warm);
  Sample sample = timed(n, [&] { run(n); });
  for (size_t i = 0; i < n; ++i) check(slots[i] == (i < warm ? 2u : 1u), "each task runs once");
  return sample;
}

// W1f: the same with a handle for each task, got in the end. async(i) is a task that yields i.
template <class Async, class Get>
Sample submit_and_get(Async async, Get get) {
  const size_t n = 1000000, warm = 2000;
  std::vector<decltype(async(uint64_t{0}))> handles;
  handles.reserve(n);
  auto run = [&](size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) handles.push_back(async(uint64_t{i}));
    for (auto& handle : handles) sum += get(handle);
    handles.clear();
    check(sum == uint64_t{count} * (count - 1) / 2, "each handle has its task's value");
  };
  run(warm);
  return timed(n, [&] { run(n); });
}

// W3: call(i) submits one task and returns its value; back to back, or after 0.5 ms without work.
template <class Call>
Sample round_trip(Call call, bool idle) {
  uint64_t i = 0;
  auto once = [&] {
    check(call(i) == i, "the call returns its task's value");
    ++i;
  };
  for (int warm = 0; warm < 500; ++warm) once();
  return idle ? timed_each(300, std::chrono::microseconds(500), once)
              : timed_each(20000, std::chrono::microseconds(0), once);
}

// W4: x*x+1 over 1e7 doubles: loop(in, out, n), time of the whole loop.
inline void square_range(const double* in, double* out, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) out[i] = in[i] * in[i] + 1;
}

inline int square_item(void*, const void* item, void* value) {
  double x = *static_cast<const double*>(item);
  *static_cast<double*>(value) = x * x + 1;
  return 0;
}

// The per-item body, which no compiler can see through.
using ItemFn = int (*)(void*, const void*, void*);
inline volatile ItemFn opaque_item = square_item;

template <class Loop>
Sample big_loop(Loop loop) {
  const size_t n = 10000000;
  std::vector<double> in(n), out(n, 0.0);
  for (size_t i = 0; i < n; ++i) in[i] = static_cast<double>(i) * 1e-3;
  loop(in.data(), out.data(), n);
  std::fill(out.begin(), out.end(), 0.0);
  auto once = [&] { loop(in.data(), out.data(), n); };
  Sample sample = timed_each(9, std::chrono::microseconds(0), once);
  for (size_t i = 0; i < n; ++i) check(out[i] == in[i] * in[i] + 1, "the loop covers each item");
  return sample;
}

// W5: a whole loop over n slots, each incremented: loop(slots, n), mean time of one loop.
template <class Loop>
Sample small_loop(size_t n, Loop loop) {
  const uint32_t warm = 200;
  uint32_t batch = 1, total = warm;
  std::vector<uint32_t> slots(n, 0);
  auto run = [&](uint32_t times) {
    for (uint32_t k = 0; k < times; ++k) loop(slots.data(), n);
  };
  run(warm);
  Sample sample{};
  for (sample = {0, 0}; sample.wall_ns * batch < 1e8;) {  // as many loops as fill 0.1 s
    batch *= 4;
    sample = timed(batch, [&] { run(batch); });
    total += batch;
  }
  for (uint32_t slot : slots) check(slot == total, "each loop covers each item once");
  return sample;
}

// W8: stream(n, sink) maps 0 ... n-1 to i*i+1 and hands the values to sink in order.
template <class Stream>
Sample ordered_stream(Stream stream) {
  const uint64_t n = 1000000, window = 1024;
  uint64_t next = 0;
  auto sink = [&](uint64_t value) {
    check(value == next * next + 1, "the values come in order");
    ++next;
  };
  Sample sample = timed(n, [&] { stream(n, window, sink); });
  check(next == n, "each value comes");
  return sample;
}

// For libraries without results: runs i -> i through push, which takes a copyable callable.
template <class Push>
std::future<uint64_t> promise_through(Push push, uint64_t i) {
  auto promise = std::make_shared<std::promise<uint64_t>>();
  auto future = promise->get_future();
  push([promise, i] { promise->set_value(i); });
  return future;
}

// Without arguments lists the cases; with WORKLOAD VARIANT WORKERS runs one and prints its times.
inline int run(int argc, char** argv, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    if (argc < 4) {
      std::printf("%s\t%s\n", c.workload, c.variant);
    } else if (std::strcmp(argv[1], c.workload) == 0 && std::strcmp(argv[2], c.variant) == 0) {
      Sample sample = c.run(std::strtoul(argv[3], nullptr, 10));
      std::printf("%.3f\t%.3f\n", sample.wall_ns, sample.cpu_ns);
      return 0;
    }
  }
  return argc < 4 ? 0 : 2;
}

}  // namespace bench
