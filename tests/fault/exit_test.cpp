// SPDX-License-Identifier: MIT
// A process that ends while a pool is at work: at once, with its own code, and without a crash.
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "support/busy.hpp"
#include "support/child.hpp"

using namespace support;

// A thread that is still there when the process ends is no leak here, and exit is not to sleep first.
extern "C" const char* __tsan_default_options() {
  return "report_thread_leaks=0:die_after_fork=0:atexit_sleep_ms=0";
}

namespace {

constexpr unsigned kSeconds = 2;

// Runs body in a child that has to end in time, and returns its exit code.
template <class Body>
int exit_code(Body body) {
  std::fflush(stdout);
  std::cout.flush();
  return in_child([&]() -> int {
    alarm(kSeconds);
    body();
    return 99;
  });
}

struct Endless {
  std::atomic<int> ran{0};
  Step spin{[this] { await("the end of the process", [this] { return ran++ < 0; }); }};
  Step block{[this] { gate.wait(); }};
  Gate gate;
};

// A pool of 4 workers with running, blocked and queued tasks.
tp_pool_t* busy_pool(Endless& endless) {
  const tp_pool_options_t options = pool_options(4);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) _exit(98);
  for (const tp_task_t* task : {&endless.spin, &endless.block})
    tp_pool_apply_async(pool, task, nullptr, nullptr, nullptr);
  return pool;
}

}  // namespace

TEST_CASE("exit in a task") {
  for (int round = 0; round < 30; ++round) {
    const int code = exit_code([] {
      Endless endless;
      Step leave([] { std::exit(3); });
      tp_pool_t* pool = busy_pool(endless);
      tp_pool_apply(pool, &leave, nullptr, nullptr);
    });
    REQUIRE(code == 3);
  }
}

TEST_CASE("exit in a callback") {
  const int code = exit_code([] {
    Endless endless;
    Step work([] {});
    Job job;
    job.listen([](tp_result_t*) { std::exit(4); });
    tp_pool_t* pool = busy_pool(endless);
    Result result;
    tp_pool_apply_async(pool, &work, nullptr, &job, result.out());
    result.wait();
  });
  CHECK(code == 4);
}

TEST_CASE("the end of main while tasks run and wait") {
  for (int round = 0; round < 30; ++round) {
    const int code = exit_code([] {
      Endless endless;
      tp_pool_t* pool = busy_pool(endless);
      for (int i = 0; i < 100; ++i)
        tp_pool_apply_async(pool, &endless.block, nullptr, nullptr, nullptr);
      await("a running task", [&] { return endless.ran > 0; });
      std::exit(5);  // what a return from main does
    });
    REQUIRE(code == 5);
  }
}

static tp_pool_t* pool_at_exit = nullptr;

TEST_CASE("a pool still works while the process ends") {
  const int code = exit_code([] {
    const tp_pool_options_t options = pool_options(2);
    if (tp_pool_create(&options, &pool_at_exit) != TP_OK) _exit(98);
    std::atexit([] {
      const tp_task_t task = {sizeof task, [](void*, const void*, void*) { return 0; }, 0, 0, 0, 0,
                              0, 0, 0, 0, 0};
      if (tp_pool_apply(pool_at_exit, &task, nullptr, nullptr) != TP_OK) _exit(97);
      tp_pool_destroy(pool_at_exit);
    });
    std::exit(6);
  });
  CHECK(code == 6);
}
