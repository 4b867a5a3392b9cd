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

void show_full() {
  tp::pool_options options;
  options.workers = 32;
  options.stack_size = 256 * 1024;
  options.max_pending = 1;
  tp::ThreadPool pool(options);
  pool.pause();  // stands for a disk that does not answer
  pool.apply_async(load, 1);

  tp::options<> patient;
  patient.submit_timeout = 10ms;
  try {
    pool.apply_async(patient, load, 2);
    CHECK(false);
  } catch (const tp::Error& error) {
    CHECK(error.status() == TP_EAGAIN);
  }

  tp::options<> here;
  here.caller_runs = true;
  auto loaded = pool.apply_async(here, load, 3);
  CHECK(loaded.ready());  // this thread has run it

  pool.set_max_pending(2);
  auto late = pool.apply_async(patient, load, 4);
  pool.resume();
  CHECK(loaded.get() == 3 && late.get() == 4);
}

}  // namespace

int main() {
  show_two_pools();
  show_bound();
  show_full();
}
