// SPDX-License-Identifier: MIT
// Guide: a pool for work that waits, beside the pool for work that computes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

namespace {

int load(int key) {  // waits for a disk, a server, another process
  std::this_thread::sleep_for(10ms);
  return key;
}

int compute(int x) { return x * x; }

void show_two_pools() {
  tp::ThreadPool cpu;          // a worker for each CPU
  tp::ThreadPool waiting(32);  // 32 loads at a time
  std::vector<int> keys(64);
  for (int i = 0; i < 64; ++i) keys[static_cast<std::size_t>(i)] = i;

  int sum = 0;
  for (int y : cpu.imap(compute, waiting.imap(load, keys))) sum += y;
  CHECK(sum == 63 * 64 * 127 / 6);
}

void show_bound() {
  tp::pool_options options;
  options.workers = 4;
  options.max_pending = 8;
  tp::ThreadPool pool(options);
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) pool.apply_async([&] { ++done; });  // waits for room
  pool.close();
  pool.join();
  CHECK(done == 100);
}

}  // namespace

int main() {
  show_two_pools();
  show_bound();
}
