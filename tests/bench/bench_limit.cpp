// SPDX-License-Identifier: MIT
// What the machine gives without any pool: raw threads, and a bare futex hand-off.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "harness.hpp"

namespace {

using bench::Sample;

template <class Body>
void in_threads(size_t workers, size_t n, Body body) {
  std::vector<std::thread> threads;
  for (size_t k = 1; k < workers; ++k)
    threads.emplace_back([=] { body(n * k / workers, n * (k + 1) / workers); });
  body(0, n / workers);
  for (std::thread& thread : threads) thread.join();
}

Sample big_range(size_t workers) {
  return bench::big_loop([=](const double* in, double* out, size_t n) {
    in_threads(workers, n, [=](size_t b, size_t e) { bench::square_range(in, out, b, e); });
  });
}

Sample big_item(size_t workers) {
  bench::ItemFn fn = bench::opaque_item;
  return bench::big_loop([=](const double* in, double* out, size_t n) {
    in_threads(workers, n, [=](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) fn(nullptr, in + i, out + i);
    });
  });
}

// A number that one thread sets and another waits for.
struct Cell {
  alignas(64) std::atomic<uint32_t> value{0};

  void set(uint32_t to) {
    value.store(to);
    syscall(SYS_futex, &value, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  uint32_t wait_for_change(uint32_t from) {
    while (value.load() == from)
      syscall(SYS_futex, &value, FUTEX_WAIT_PRIVATE, from, nullptr, nullptr, 0);
    return value.load();
  }
};

Sample futex_hand_off(size_t) {
  const uint32_t stop = UINT32_MAX;
  Cell request, reply;
  std::thread echo([&] {
    for (uint32_t i = 0; (i = request.wait_for_change(i)) != stop;) reply.set(i);
  });
  Sample sample = bench::round_trip(
      [&](uint64_t i) {
        request.set(static_cast<uint32_t>(i) + 1);
        return uint64_t{reply.wait_for_change(static_cast<uint32_t>(i))} - 1;
      },
      true);
  request.set(stop);
  echo.join();
  return sample;
}

const std::vector<bench::Case> cases = {
    {"W3-idle", "futex hand-off", futex_hand_off},
    {"W4-range", "raw threads", big_range},
    {"W4-item", "raw threads", big_item},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, cases); }
