// SPDX-License-Identifier: MIT
// A process that ends while a pool is at work: at once, with its own code, and without a crash.
#include <iostream>

#include "stress/race.hpp"

using namespace support;

// A thread that is still there when the process ends is no leak here, and exit is not to sleep first.
extern "C" const char* __tsan_default_options() {
  return "report_thread_leaks=0:die_after_fork=0:atexit_sleep_ms=0";
}

namespace {

// 500 children; with a sanitizer one is dear.
constexpr std::size_t kCost = kSanitized ? 30 : 2;
constexpr unsigned kSeconds = 10;  // long for a loaded machine, short for an exit that waits

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
  for (std::size_t round = 0; round < stress::rounds(kCost); ++round) {
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
    Listening job([](tp_result_t*) { std::exit(4); });
    tp_pool_t* pool = busy_pool(endless);
    Result result;
    tp_pool_apply_async(pool, &work, nullptr, &job, result.out());
    result.wait();
  });
  CHECK(code == 4);
}

TEST_CASE("the end of main while tasks run and wait") {
  for (std::size_t round = 0; round < stress::rounds(kCost); ++round) {
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

namespace {

// Works with its pool as the process ends. A global one does so after all others.
struct AtEnd {
  void with(tp_pool_t* its) { pool = its; }
  ~AtEnd() {
    if (pool == nullptr) return;
    Odd odd;
    const int item = 1;
    int value = 0;
    tp_result_t* result = nullptr;
    if (tp_pool_apply(pool, &odd, &item, &value) != TP_OK || value != 3) _exit(97);
    if (tp_pool_apply_async(pool, &odd, &item, nullptr, &result) != TP_OK) _exit(96);
    if (tp_result_get(result, kLong, nullptr) != TP_OK) _exit(95);
    tp_result_release(result);
    tp_pool_destroy(pool);
  }

  tp_pool_t* pool = nullptr;
};

AtEnd global;

}  // namespace

TEST_CASE("static objects work with live pools as they are destroyed") {
  for (std::size_t round = 0; round < stress::rounds(2 * kCost); ++round) {
    const int code = exit_code([] {
      static AtEnd local;
      const tp_pool_options_t options = pool_options(2);
      for (AtEnd* last : {&local, &global}) {
        tp_pool_t* pool = nullptr;
        if (tp_pool_create(&options, &pool) != TP_OK) _exit(98);
        last->with(pool);
      }
      std::atexit([] {
        Step step([] {});
        if (tp_pool_apply(global.pool, &step, nullptr, nullptr) != TP_OK) _exit(94);
      });
      std::exit(6);
    });
    REQUIRE(code == 6);
  }
}
