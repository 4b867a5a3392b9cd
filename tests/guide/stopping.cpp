// SPDX-License-Identifier: MIT
// Guide: the end of a pool in C++: all that was accepted still runs, or the end takes so long and no longer.
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <tpool/tpool.hpp>

#include "check.h"

using namespace std::chrono_literals;

static void show_drain() {
  std::atomic<int> written{0};
  {
    tp::pool_options options;
    options.drain = true;
    tp::ThreadPool pool(options);
    for (int i = 0; i < 100; ++i) pool.apply_async(tp::forget, [&] { ++written; });
  }  // here all have run
  CHECK(written == 100);
}

enum class Step { queued, runs, may_end };

static void show_limit() {
  const auto step =
      std::make_shared<std::atomic<Step>>(Step::queued);  // the task may outlive this function
  tp::ThreadPool pool;
  pool.apply_async([step] {
    *step = Step::runs;
    while (*step != Step::may_end) sleep_tenths(0.01);  // does not ask whether it should stop
  });
  while (*step == Step::queued) std::this_thread::yield();

  const bool has_ended = pool.destroy_within(20ms);
  CHECK(!has_ended);  // the task goes on, and the last worker frees the pool

  *step = Step::may_end;
  while (step.use_count() > 1) std::this_thread::yield();
}

int main() {
  show_drain();
  show_limit();
}
