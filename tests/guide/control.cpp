// SPDX-License-Identifier: MIT
// Guide: levels of jobs, pausing, resizing and cancelling all, threads that come and go, teams, and signals of child
// processes in C++.
#include <sys/wait.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <thread>
#include <tpool/tpool.hpp>
#include <vector>

#include "check.h"

static void show_team(tp::ThreadPool& pool) {
  std::vector<std::size_t> parts(4);
  std::size_t sum = 0;
  std::mutex mutex;
  std::condition_variable all_are_there;
  int missing = 4;
  const auto meet = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    if (--missing == 0) all_are_there.notify_all();
    all_are_there.wait(lock, [&] { return missing == 0; });
  };
  pool.team(4, [&](std::size_t i) {
    parts[i] = i + 1;
    meet();  // all have done their part
    if (i == 0) sum = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
  });
  CHECK(sum == 10);
}

static void show_idle() {
  tp::pool_options how;
  how.workers = 8;
  how.idle_timeout = std::chrono::milliseconds(10);
  tp::ThreadPool pool(how);
  show_team(pool);
  while (pool.stats().workers != 0) std::this_thread::yield();
}

static void show_signals() {
  tp::pool_options how;
  how.keep_signals = true;
  tp::ThreadPool pool(how);
  const int status = pool.apply([] { return std::system("kill -TERM $$"); });
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

int main() {
  tp::ThreadPool pool(1);
  std::vector<int> order;

  tp::options<> urgent, background;
  urgent.priority = tp::priority::urgent;
  background.priority = tp::priority::background;
  pool.pause();
  pool.apply_async(background, [&] { order.push_back(3); });
  pool.apply_async([&] { order.push_back(2); });
  pool.apply_async(urgent, [&] { order.push_back(1); });
  pool.resume();
  pool.wait_idle();
  CHECK(order == std::vector{1, 2, 3});

  pool.resize(4);
  CHECK(pool.workers() == 4);

  pool.pause();
  auto cut = pool.apply_async([] { return 1; });
  pool.cancel();  // cut.get() throws tp::Canceled
  pool.resume();
  bool was_cut = false;
  try {
    cut.get();
  } catch (const tp::Canceled&) {
    was_cut = true;
  }
  CHECK(was_cut);

  show_team(pool);
  show_idle();
  show_signals();
}
