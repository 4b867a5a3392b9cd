// SPDX-License-Identifier: MIT
// Guide: each method of Python's ThreadPool in C++, beside from_python.py.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <tpool/tpool.hpp>
#include <utility>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

int square(int x) { return x * x; }
int add(int x, int y) { return x + y; }
int fail(int) { throw std::invalid_argument("no"); }

void show_apply(tp::ThreadPool& pool) {
  int y = pool.apply(square, 7);
  CHECK(y == 49);
}

void show_apply_async(tp::ThreadPool& pool) {
  auto result = pool.apply_async(square, 7);
  int y = result.get();
  CHECK(y == 49);
}

void show_map(tp::ThreadPool& pool) {
  tp::options<> how;
  how.chunksize = 2;
  std::vector<int> ys = pool.map(square, std::vector{1, 2, 3}, how);
  CHECK(ys == std::vector{1, 4, 9});
}

void show_map_async(tp::ThreadPool& pool) {
  std::vector<int> said;
  auto callback = [&](const std::vector<int>& values) { said = values; };
  auto error_callback = [](std::exception_ptr) { std::puts("failed"); };

  auto result =
      pool.map_async(square, std::vector{1, 2, 3}, tp::make_options(callback, error_callback));
  std::vector<int> ys = result.get();

  CHECK(ys == said);
}

void show_starmap(tp::ThreadPool& pool) {
  const std::vector<std::pair<int, int>> rows = {{1, 2}, {3, 4}};
  std::vector<int> ys = pool.starmap(add, rows);
  CHECK(ys == std::vector{3, 7});
}

void show_imap(tp::ThreadPool& pool) {
  const std::vector<int> xs = {0, 1, 2, 3, 4};
  std::vector<int> ys;
  for (int y : pool.imap(square, xs)) ys.push_back(y);
  CHECK(ys == std::vector{0, 1, 4, 9, 16});
}

void show_imap_unordered(tp::ThreadPool& pool) {
  const std::vector<int> xs = {0, 1, 2, 3, 4};
  std::vector<int> ys;
  for (int y : pool.imap_unordered(square, xs)) ys.push_back(y);
  std::sort(ys.begin(), ys.end());
  CHECK(ys == std::vector{0, 1, 4, 9, 16});
}

void show_timeout(tp::ThreadPool& pool) {
  std::atomic<bool> open = false;
  auto slow = pool.apply_async([&] {
    while (!open) std::this_thread::yield();
  });

  try {
    slow.get(1ms);
  } catch (const tp::TimeoutError&) {
    std::puts("not yet");
    open = true;
  }
  slow.wait();

  CHECK(slow.ready() && slow.successful());
}

bool show_error(tp::ThreadPool& pool) {
  try {
    pool.apply(fail, 1);
  } catch (const std::invalid_argument& error) {
    std::puts(error.what());
    return true;
  }
  return false;
}

int main() {
  std::atomic<int> ready = 0;
  tp::pool_options how;
  how.workers = 4;
  how.initializer = [&] { ++ready; };
  tp::ThreadPool pool(how);

  show_apply(pool);
  show_apply_async(pool);
  show_map(pool);
  show_map_async(pool);
  show_starmap(pool);
  show_imap(pool);
  show_imap_unordered(pool);
  show_timeout(pool);
  CHECK(show_error(pool));

  pool.close();
  pool.join();
  CHECK(ready == 4);
}
