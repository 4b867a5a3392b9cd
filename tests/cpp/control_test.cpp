// SPDX-License-Identifier: MIT
// Pause, resize, affinity, levels, traces, and results in the order of their ends.
#include <tpool/as_completed.hpp>

#include "test_pool.hpp"

using namespace counted;

static unsigned any_cpu() { return support::usable_cpus().front(); }

TEST_CASE("a paused pool takes work and keeps it", "[cpp]") {
  TestPool pool;
  pool.pause();
  pool.pause();
  CHECK(pool.stats().paused == 1);
  const auto result = pool.apply_async(same, 1);
  CHECK_FALSE(result.wait(kShort));
  pool.resume();
  CHECK(result.get() == 1);
  CHECK(pool.stats().paused == 0);
}

TEST_CASE("a pool is made larger and smaller", "[cpp]") {
  std::atomic<int> started{0};
  tp::pool_options how = with_workers(1);
  how.initializer = [&started] { ++started; };
  tp::ThreadPool pool(how);
  pool.resize(3);
  CHECK(pool.workers() == 3);
  {
    const AllBusy busy(pool);
    CHECK(started == 3);
  }
  pool.resize(2);
  CHECK(pool.workers() == 2);
  CHECK(pool.map(same, numbers(50)) == numbers(50));
  CHECK_THROWS_AS(pool.resize(0), std::invalid_argument);
  CHECK(status_of([&] { pool.resize(5000); }) == TP_EINVAL);
  pool.close();
  CHECK_THROWS_AS(pool.resize(3), tp::PoolNotRunning);
}

TEST_CASE("the bound of a pool is changed while its workers are busy", "[cpp]") {
  tp::options<> polite;
  polite.try_submit = true;
  TestPool pool;
  const auto submit = [&] { return status_of([&] { pool.apply_async(polite, same, 1); }); };
  const AllBusy busy(pool);
  pool.set_max_pending(pool.workers());
  CHECK(submit() == TP_EAGAIN);
  pool.set_max_pending(pool.workers() + 1);
  CHECK(submit() == TP_OK);
  CHECK(submit() == TP_EAGAIN);
  pool.set_max_pending(0);
  CHECK(submit() == TP_OK);
}

TEST_CASE("workers that keep signals have the mask of the thread that makes the pool", "[cpp]") {
  const auto blocks = [](int signal) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, signal) == 1;
  };
  sigset_t own, before;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &own, &before);
  tp::pool_options how = with_workers(support::worker_counts());
  how.keep_signals = GENERATE(false, true);
  TestPool pool(how);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(pool.apply(blocks, SIGUSR2));
  CHECK(pool.apply(blocks, SIGUSR1) == !how.keep_signals);
}

TEST_CASE("a pool that drains runs what was accepted, also on small stacks", "[cpp]") {
  std::atomic<int> ran{0};
  tp::pool_options how;
  how.workers = 2;
  how.drain = true;
  how.stack_size = std::size_t{1} << 20;
  {
    tp::ThreadPool pool(how);
    for (int i = 0; i < 100; ++i) pool.apply_async(tp::forget, [&] { ++ran; });
  }
  CHECK(ran == 100);
  how.stack_size = 1;
  CHECK_THROWS_AS(tp::ThreadPool(how), tp::Error);
}

TEST_CASE("a pool that is destroyed within a time tells whether its tasks have returned", "[cpp]") {
  std::atomic<bool> held{true};
  support::Arrivals started;
  tp::ThreadPool pool(1);
  const auto result = pool.apply_async([&] {
    started.arrive();
    while (held) std::this_thread::yield();
  });
  started.wait(1);
  CHECK(!pool.destroy_within(kShort));
  CHECK(pool.capi() == nullptr);
  CHECK_THROWS_AS(pool.destroy_within(kShort), tp::Error);
  held = false;
  result.get();
  tp::ThreadPool idle(1);
  CHECK(idle.destroy_within(kLong));
}

TEST_CASE("workers stay on the CPUs that they were given", "[cpp]") {
  tp::pool_options how = with_workers(3);
  how.cpus = {any_cpu()};
  how.nice = 1;
  tp::ThreadPool pool(how);
  const auto where = [](int) {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return CPU_COUNT(&set) == 1 ? sched_getcpu() : -1;
  };
  for (int cpu : pool.map(where, numbers(30))) CHECK(cpu == static_cast<int>(how.cpus[0]));
  how.cpus = {CPU_SETSIZE};
  CHECK(status_of([&] { tp::ThreadPool refused(how); }) == TP_EINVAL);
}

TEST_CASE("urgent jobs start before normal ones before background ones", "[cpp]") {
  std::vector<int> order;
  TestPool pool(1);
  const auto start = [&](tp::priority level, int n) {
    tp::options<> how;
    how.priority = level;
    pool.apply_async(how, [&order, n] { order.push_back(n); });
  };
  {
    const AllBusy busy(pool);
    start(tp::priority::background, 3);
    start(tp::priority::normal, 2);
    start(tp::priority::urgent, 1);
  }
  pool.finish();
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("options made before 1.1 mean the same", "[cpp]") {
  TestPool pool(1);
  const tp::options<> listed = {2, 8, false, true, nullptr, nullptr};
  CHECK(listed.priority == tp::priority::normal);
  CHECK(listed.deadline.count() == 0);
  CHECK(listed.name == nullptr);
  CHECK(pool.map(same, numbers(5), listed) == numbers(5));
#if __cplusplus >= 202002L
  CHECK(pool.map(same, numbers(5), {.chunksize = 2, .priority = tp::priority::urgent}) ==
        numbers(5));
  tp::ThreadPool named({.workers = 1, .name = "io", .cpus = {any_cpu()}, .nice = 0});
  CHECK(named.apply(same, 1) == 1);
#endif
}

TEST_CASE("a trace names the jobs of a pool", "[cpp]") {
  const support::Scratch scratch;
  const std::string path = scratch / "trace.json";
  TestPool pool(1);
  pool.trace_start(path);
  CHECK(status_of([&] { pool.trace_start(path); }) == TP_EINVAL);
  tp::options<> named;
  named.name = "look here";
  pool.apply_async(named, same, 1).wait();
  pool.wait_idle();
  pool.trace_stop();
  pool.trace_stop();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str().find("look here") != std::string::npos);
  CHECK(status_of([&] { pool.trace_start("no such folder/trace.json"); }) == TP_EINVAL);
}

TEST_CASE("results come in the order of their ends", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  std::list<tp::AsyncResult<int>> results;
  results.push_back(pool.apply_async([&gate] { return gate.wait(), 0; }));
  for (int i = 1; i < 4; ++i) results.push_back(pool.apply_async(same, i));
  std::vector<int> order;
  for (const auto& result : tp::as_completed(std::as_const(results))) {
    order.push_back(result.get());
    if (order.size() == 3) gate.open();
  }
  CHECK(order.back() == 0);
  std::sort(order.begin(), order.end());
  CHECK(order == numbers(4));
}

TEST_CASE("what as_completed has told of goes while others are still to come", "[cpp]") {
  NoneLeft check;
  support::Gate gate;
  TestPool pool;
  std::vector<tp::AsyncResult<Copyable>> results;
  for (int i = 0; i < 20; ++i) results.push_back(pool.apply_async([i] { return Copyable(i); }));
  CHECK(pool.wait_idle(kLong));  // no worker holds a job any more
  results.push_back(pool.apply_async([&gate] { return gate.wait(), Copyable(20); }));
  int left = 20;
  for (auto& result : tp::as_completed(results)) {
    {
      const auto done = std::move(result);
      CHECK(done.ready());
    }
    if (left == 0) break;  // the last
    CHECK(alive == --left);
    if (left == 0) gate.open();
  }
}

TEST_CASE("as_completed waits so long and is asked again", "[cpp]") {
  NoneLeft check;
  support::Gate gate;
  TestPool pool(1);
  std::vector<tp::AsyncResult<Copyable>> results;
  results.push_back(pool.apply_async([&gate] { return gate.wait(), Copyable(3); }));
  auto completed = tp::as_completed(std::move(results));
  CHECK_THROWS_AS(completed.next(kShort), tp::TimeoutError);
  gate.open();
  auto* const first = completed.next(kLong);
  REQUIRE(first != nullptr);
  CHECK(first->get().value() == 3);
  CHECK(completed.next() == nullptr);
  CHECK(completed.next() == nullptr);
  int count = 0;
  for (auto& none : tp::as_completed(std::vector<tp::AsyncResult<int>>())) count += none.get();
  CHECK(count == 0);
}

TEST_CASE("as_completed refuses an empty result", "[cpp]") {
  std::vector<tp::AsyncResult<int>> results;
  results.emplace_back(nullptr);
  CHECK(status_of([&] { tp::as_completed(results); }) == TP_EINVAL);
}
