// SPDX-License-Identifier: MIT
// What is spawned, while something happens to its item, its thread or its pool.
#include "submit/spawned.hpp"

using namespace support;
using namespace spawned;

namespace {

// As a payload_drop.
void end_thread_and_open(void* gate) {
  static_cast<Gate*>(gate)->open();
  pthread_exit(nullptr);
}

}  // namespace

TEST_CASE("A taken call that ends its thread is lost and the item goes on") {
  Pool pool(worker_counts());
  const bool may_be_taken = stats_of(pool).workers > 1;
  for (int round = 0; may_be_taken && round < 10; ++round)
    CHECK(run(pool, [&] {
            Arrivals started;
            Part part([&]() -> int {
              started.arrive();
              pthread_exit(nullptr);
            });
            part.spawn();
            started.wait(1);
            return part.sync() == TP_ELOST && tp_error_status(tp_last_error()) == TP_ELOST ? 0 : 1;
          }) == TP_OK);
  CHECK(run(pool, [] { return 0; }) == TP_OK);
}

TEST_CASE("A call that ends its thread inside sync takes its item and what was spawned with it") {
  Pool pool(2);
  for (int round = 0; round < 10; ++round) {
    Arrivals started;
    Gate gate;
    std::atomic<int> after{0}, dropped{0};
    Task<void, void> task([&](const void*, void*) {
      Part taken([&] { return started.arrive(), gate.wait(), ++after, 0; });
      Part waiting([&] { return ++dropped, 0; });
      Part exits([&]() -> int {
        gate.open();
        pthread_exit(nullptr);
      });
      taken.spawn();
      started.wait(1);
      waiting.spawn();
      exits.spawn();
      exits.sync();
      return 0;
    });
    CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ELOST);
    CHECK(after == 1);
    CHECK(dropped <= 1);  // unless a worker was quicker
  }
}

TEST_CASE("User code that ends a thread inside an item takes what the item has spawned with it") {
  Pool pool(2);
  const bool in_hook = GENERATE(false, true);
  Step exits([] { pthread_exit(nullptr); });
  for (int round = 0; round < 10; ++round) {
    Arrivals started;
    Gate gate;
    std::atomic<int> after{0}, dropped{0};
    Task<void, void> task([&](const void*, void*) {
      Part taken([&] { return started.arrive(), gate.wait(), ++after, 0; });
      Part waiting([&] { return ++dropped, 0; });
      Part fails([&] { return tp_task_set_error("", &gate, end_thread_and_open), 1; });
      taken.spawn();
      started.wait(1);
      waiting.spawn();
      if (in_hook) return fails.spawn(), fails.sync(), tp_clear_error(), 0;
      gate.open();
      tp_pool_apply(pool, &exits, nullptr, nullptr);
      return 0;
    });
    CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ELOST);
    CHECK(after == 1);
    CHECK(dropped <= 1);  // unless a worker was quicker
  }
  CHECK(run(pool, [] { return 0; }) == TP_OK);
}

TEST_CASE("A taken call that waits for a job on the stack of a thread that ends is told") {
  Pool pool(2);
  Step exits([] { pthread_exit(nullptr); });
  tp_result_t* outer = nullptr;
  std::atomic<int> told{0};
  Gate gate;
  Task<void, void> inner([&](const void*, void*) {
    Arrivals started;
    Part taken([&] { return started.arrive(), told = tp_result_wait(outer, TP_FOREVER), 0; });
    taken.spawn();
    started.wait(1);
    tp_pool_apply(pool, &exits, nullptr, nullptr);
    return 0;
  });
  Step task([&] {
    gate.wait();
    tp_pool_apply(pool, &inner, nullptr, nullptr);
  });
  const Result result = apply_async(pool, task);
  outer = result;
  gate.open();
  CHECK(result.get() == TP_ELOST);
  CHECK(told == TP_EDEADLK);
}

TEST_CASE("What is spawned runs although its job was cancelled and sees the stop flag") {
  Pool pool(worker_counts());
  Arrivals started;
  Gate gate;
  std::atomic<int> stopped{0};
  Task<void, void> task([&](const void*, void*) {
    started.arrive();
    gate.wait();
    Part part([&] { return stopped += tp_task_stop_requested(), 0; });
    part.spawn();
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  started.wait(1);
  SECTION("cancel") { CHECK(tp_result_cancel(result) == TP_OK); }
  SECTION("terminate") { CHECK(tp_pool_terminate(pool) == TP_OK); }
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(stopped == 1);
}

TEST_CASE("Workers take what is spawned also in a pause") {
  Pool pool(2);
  Arrivals started;
  Gate gate;
  Task<void, void> task([&](const void*, void*) {
    started.arrive();
    gate.wait();
    Arrivals taken;
    Part part([&] { return taken.arrive(), 0; });
    part.spawn();
    taken.wait(1);
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_pool_pause(pool) == TP_OK);
  gate.open();
  CHECK(result.get() == TP_OK);
}

TEST_CASE("Items of every kind of job spawn") {
  Fib task;
  Pool pool(worker_counts());
  const std::vector<int> items(40, 10);
  Body body([&](std::size_t begin, std::size_t end) {
    long value = 0;
    int failed = 0;
    for (std::size_t i = begin; i < end; ++i)
      failed += fib_of_item(&items[i], &value) || value != 55;
    return failed;
  });
  CHECK(tp_pool_for(pool, Body::run, &body, items.size(), nullptr) == TP_OK);
  Numbers numbers(15);
  const Result stream = imap(pool, task, numbers);
  long value = 0, sum = 0;
  while (tp_result_next(stream, kLong, &value) == TP_OK) sum += value;
  CHECK(sum == 986);  // fib(16) - 1
  Step small([&] { fib_of_item(&items[0], &value); });
  forget(pool, small);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(value == 55);
}

TEST_CASE("Workers take what is spawned from a job of any priority and past its deadline") {
  Pool pool(2);
  std::atomic<int> sees{0}, ran{0};
  Timed options(0.1);
  options.flags = GENERATE(0u, TP_JOB_URGENT, TP_JOB_BACKGROUND);
  Task<void, void> task([&](const void*, void*) {
    ++ran;
    await_stop();
    Arrivals taken;
    Part part([&] { return sees = tp_task_stop_requested(), taken.arrive(), 0; });
    part.spawn();
    taken.wait(1);
    return part.sync();
  });
  CHECK(apply_async(pool, task, &options).get() == TP_ETIMEDOUT);
  CHECK(sees == ran);  // nothing, if it has timed out before
}

TEST_CASE("Spawns do not use up the small stack of a host's thread") {
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  std::atomic<bool> refused{false};
  Step task([&] { Endless::run(&refused); });
  forget(pool, task);
  CHECK(tp_pool_close(pool) == TP_OK);
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, 256 * 1024);
  const auto serve = [](void* of) -> void* {
    std::size_t ran = 0;
    tp_worker_enter(static_cast<tp_pool_t*>(of), nullptr, kLong, &ran);
    return nullptr;
  };
  pthread_t thread;
  REQUIRE(pthread_create(&thread, &attr, serve, static_cast<tp_pool_t*>(pool)) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attr);
  CHECK(refused);
}

TEST_CASE("A pool shrinks and grows while calls are taken") {
  Fib task;
  Pool pool(4);
  const std::vector<int> items(200, 14);
  const Result result = map_async(pool, task, items.data(), items.size());
  for (int round = 0; round < 20; ++round)
    CHECK(tp_pool_resize(pool, static_cast<std::size_t>(1 + round % 4)) == TP_OK);
  CHECK(result.get() == TP_OK);
  const long* const values = result.values<long>();
  CHECK(std::all_of(values, values + items.size(), [](long each) { return each == 377; }));
}

TEST_CASE("A worker that retires ends the call that it has taken") {
  Pool pool(2);
  Arrivals started;
  Gate gate;
  std::atomic<int> ended{0};
  Task<void, void> task([&](const void*, void*) {
    Part part([&] { return started.arrive(), gate.wait(), ++ended, 0; });
    part.spawn();
    started.wait(1);
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_pool_resize(pool, 1) == TP_OK);
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(ended == 1);
  CHECK(run(pool, [] { return 0; }) == TP_OK);
}

TEST_CASE("An outside thread that helps runs what it spawns at once") {
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  HeldStep held;
  const Result result = apply_async(pool, held);
  std::atomic<int> at_once{0};
  const auto here = std::this_thread::get_id();
  CHECK(run(pool, [&] {
          if (std::this_thread::get_id() != here) return 2;
          Part part([&] { return ++at_once, 0; });
          return part.spawn() == TP_OK && at_once == 1 ? part.sync() : 1;
        }) == TP_OK);
  CHECK(at_once == 1);
  held.gate.open();
  CHECK(result.get() == TP_OK);
}

TEST_CASE("A spawned call may submit and wait and hold a lock of the program") {
  Pool pool(worker_counts());
  std::mutex mutex;
  std::atomic<int> ran{0};
  Step step([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    ++ran;
  });
  CHECK(run(pool, [&] {
          std::deque<Part> parts;
          for (int i = 0; i < 20; ++i) {
            parts.emplace_back([&] {
              tp_result_t* result = nullptr;
              if (tp_pool_apply_async(pool, &step, nullptr, nullptr, &result) != TP_OK) return 1;
              const int status = tp_result_wait(result, TP_FOREVER);
              tp_result_release(result);
              return status;
            });
            parts.back().spawn();
          }
          int failed = 0;
          for (; !parts.empty(); parts.pop_back()) failed += parts.back().sync() != TP_OK;
          return failed;
        }) == TP_OK);
  CHECK(ran == 20);
}

TEST_CASE("Outside of items spawn runs the call at once") {
  const auto here = std::this_thread::get_id();
  std::thread::id where;
  Part part([&] { return where = std::this_thread::get_id(), 0; });
  CHECK(part.spawn() == TP_OK);
  CHECK(where == here);
  CHECK(part.sync() == TP_OK);
  Part fails([] { return tp_task_set_error("outside", nullptr, nullptr), 5; });
  CHECK(fails.spawn() == TP_OK);
  CHECK(fails.sync() == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 5);
  CHECK(std::string(tp_error_message(tp_last_error())) == "outside");
  tp_clear_error();
}

TEST_CASE("In callbacks and initializers spawn runs the call at once") {
  std::atomic<int> at_once{0};
  const auto spawns = [&] {
    bool ran = false;
    Part inner([&] { return ran = true, 0; });
    Part outer([&] { return inner.spawn(), at_once += ran, inner.sync(); });
    outer.spawn();
    at_once += ran;
    return outer.sync();
  };
  PoolHooks hooks(pool_options(2), spawns);
  Listening job([&](tp_result_t*) { spawns(); });
  Done done([&](tp_result_t*) { spawns(); });
  HeldStep step;
  Pool pool(hooks);
  const Result result = apply_async(pool, step, &job);
  done.listen(result);
  step.gate.open();
  CHECK(result.wait() == TP_OK);
  pool.finish();
  CHECK(at_once == 8);
}

TEST_CASE("A forked child of a spawning task can neither spawn nor sync") {
  Pool pool(1);
  CHECK(run(pool, [] {
          Part part([] { return 0; });
          part.spawn();
          const int code = in_child([&] {
            Part childs([] { return 0; });
            return childs.spawn() == TP_EFORKED && part.sync() == TP_EFORKED ? 0 : 1;
          });
          part.sync();
          return code;
        }) == TP_OK);
}

TEST_CASE("A result that a spawned call waits for in vain is a deadlock that is told") {
  Pool pool(2);
  tp_result_t* own = nullptr;
  std::atomic<int> told{0};
  Gate gate;
  Task<void, void> task([&](const void*, void*) {
    gate.wait();
    Arrivals started;
    Part part([&] {
      started.arrive();
      return told = tp_result_wait(own, TP_FOREVER), 0;
    });
    part.spawn();
    started.wait(1);
    return part.sync();
  });
  const Result result = apply_async(pool, task);
  own = result;
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(told == TP_EDEADLK);
}

TEST_CASE("A worker that syncs runs what a taken call waits for through another pool") {
  Step last([] {});
  Pool first(2), second(1);
  Task<void, void> through([&](const void*, void*) {
    return tp_pool_apply(first, &last, nullptr, nullptr) == TP_OK ? 0 : 1;
  });
  CHECK(run(first, [&] {
          Arrivals started;
          Part part([&] {
            started.arrive();
            return tp_pool_apply(second, &through, nullptr, nullptr) == TP_OK ? 0 : 1;
          });
          part.spawn();
          started.wait(1);
          return part.sync() == TP_OK ? 0 : 1;
        }) == TP_OK);
}

TEST_CASE("Items of a host's threads spawn for one another") {
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  Fib task;
  const std::vector<int> items(8, 15);
  const Result result = map_async(pool, task, items.data(), items.size());
  CHECK(tp_pool_close(pool) == TP_OK);
  const auto serve = [&] {
    std::size_t ran = 0;
    tp_worker_enter(pool, nullptr, kLong, &ran);
  };
  std::thread other(serve);
  serve();
  other.join();
  CHECK(result.values<long>()[7] == 610);
}
