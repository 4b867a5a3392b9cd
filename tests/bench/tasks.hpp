// SPDX-License-Identifier: MIT
// W1, W2, W3 and W10: single tasks, submitted from outside of the pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "check.hpp"
#include "clock.hpp"

namespace bench {

inline void increment(void* slot) { ++*static_cast<uint32_t*>(slot); }

inline void count(void* counter) {
  static_cast<std::atomic<size_t>*>(counter)->fetch_add(1, std::memory_order_relaxed);
}

inline void sleep_1ms(void* counter) {
  const timespec duration{0, 1000000};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
  count(counter);
}

inline uint64_t identity(uint64_t i) { return i; }

// Submits n tasks from each of so many threads and waits for all; the tasks so far are counted.
template <class Library>
class Burst {
 public:
  explicit Burst(Library& library) : library_(library) { run(warm_.data(), warm_.size(), 1); }

  void run(uint32_t* slots, size_t n, size_t threads) {
    auto part = [&, this](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) library_.template submit<increment>(slots + i);
    };
    std::vector<std::thread> others;
    for (size_t k = 1; k < threads; ++k)
      others.emplace_back(part, n * k / threads, n * (k + 1) / threads);
    part(0, n / threads);
    for (std::thread& other : others) other.join();
    library_.wait(total_ += n);
  }

 private:
  Library& library_;
  std::vector<uint32_t> warm_ = std::vector<uint32_t>(2000);
  size_t total_ = 0;
};

// W1 and W2: so many threads submit n tasks that increment a slot each, and one waits for all.
template <class Library>
Sample fire_and_forget(Library& library, size_t n, size_t threads) {
  std::vector<uint32_t> slots(n);
  uint32_t runs = 0;
  Burst<Library> burst(library);
  auto once = [&] {
    burst.run(slots.data(), n, threads);
    ++runs;
  };
  Sample sample = n < 100000 ? timed_often(n, once) : timed(n, once);
  for (uint32_t slot : slots) check(slot == runs, "each task runs once");
  return sample;
}

// W1f: a handle for each task, got in the end; the task yields its number.
template <class Library>
Sample submit_and_get(Library& library, size_t n) {
  std::vector<decltype(library.template async<identity>(0))> handles;
  handles.reserve(n);
  auto run = [&](size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) handles.push_back(library.template async<identity>(i));
    for (auto& handle : handles) sum += library.take(handle);
    handles.clear();
    check(sum == uint64_t{count} * (count - 1) / 2, "each handle has its task's value");
  };
  run(2000);
  return timed(n, [&] { run(n); });
}

// Submits one task and gets its value.
template <class Library>
class RoundTrip {
 public:
  explicit RoundTrip(Library& library) : library_(library) {
    for (int warm = 0; warm < 500; ++warm) (*this)();
  }

  void operator()() {
    uint64_t value;
    if constexpr (requires { library_.template call<identity>(i_); }) {
      value = library_.template call<identity>(i_);
    } else {
      auto handle = library_.template async<identity>(i_);
      value = library_.take(handle);
    }
    check(value == i_++, "the call returns its task's value");
  }

 private:
  Library& library_;
  uint64_t i_ = 0;
};

// W3: round trips back to back.
template <class Library>
Sample round_trips(Library& library, double share = 0.5) {
  return timed_each(20000, std::chrono::microseconds(0), RoundTrip<Library>(library), share);
}

// The same with a pause before each.
template <class Library>
Sample sporadic_round_trips(Library& library, std::chrono::microseconds pause) {
  return timed_each(300, pause, RoundTrip<Library>(library));
}

// W3-calls: n round trips, one each millisecond, for a tracer that counts system calls.
template <class Library>
Sample traced_round_trips(Library& library, size_t n) {
  RoundTrip<Library> once(library);
  for (size_t i = 0; i < n; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    once();
  }
  return {0, 0};
}

// W3-burst: n tasks after 5 ms without work, from the first submit to the end of all.
template <class Library>
Sample burst_after_silence(Library& library, size_t n) {
  std::vector<uint32_t> slots(n);
  Burst<Library> burst(library);
  Sample sample =
      timed_each(300, std::chrono::milliseconds(5), [&] { burst.run(slots.data(), n, 1); });
  check(slots.front() == slots.back(), "each task runs once in each burst");
  return sample;
}

// W10: n tasks that sleep for 1 ms: what they would take at best by what they took, and the CPU
// time of all.
template <class Library>
Sample sleepers(Library& library, size_t n, size_t workers) {
  std::atomic<size_t> runs{0};
  Sample sample = timed(1, [&] {
    for (size_t i = 0; i < n; ++i) library.template submit<sleep_1ms>(&runs);
    library.wait(n);
  });
  check(runs == n, "each sleeper runs once");
  return {1e6 * static_cast<double>(n) / static_cast<double>(workers) / sample.value,
          sample.cpu_ns};
}

}  // namespace bench
