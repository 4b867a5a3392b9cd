// SPDX-License-Identifier: MIT
// A pool from its construction to its end.
#include "test_pool.hpp"

using namespace counted;

TEST_CASE("a pool has the workers that it was asked for", "[cpp]") {
  CHECK(tp::ThreadPool().workers() >= 1);
  CHECK(tp::ThreadPool(3).workers() == 3);
  CHECK(tp::ThreadPool(tp::pool_options()).workers() == tp::ThreadPool().workers());
  CHECK_THROWS_AS(tp::ThreadPool(0), std::invalid_argument);
  CHECK(status_of([] { tp::ThreadPool pool(4097); }) == TP_EINVAL);
#if __cplusplus >= 202002L
  const tp::ThreadPool pool({.workers = 2, .initializer = [] {}, .name = "io"});
  CHECK(pool.workers() == 2);
#endif
}

TEST_CASE("initializer and finalizer run once on each worker", "[cpp]") {
  NoneLeft check;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  tp::pool_options how = with_workers(4);
  how.initializer = [&begun, life = Life()] { ++begun; };
  how.finalizer = [&ended, life = Life()] {
    ++ended;
    throw Oops(1);
  };
  {
    TestPool pool(std::move(how));
    pool.finish();
    CHECK(begun == 4);
    CHECK(ended == 4);
  }
  how = {};
}

TEST_CASE("workers are named", "[cpp]") {
  tp::pool_options how = with_workers(1);
  how.name = std::string("crawl");
  TestPool pool(how);
  const std::string name = pool.apply([] {
    char text[16] = "";
    pthread_getname_np(pthread_self(), text, sizeof(text));
    return std::string(text);
  });
  CHECK(name.substr(0, 5) == "crawl");
}

TEST_CASE("an unobserved failure is reported", "[cpp]") {
  NoneLeft check;
  std::atomic<int> reported{0};
  tp::pool_options how = with_workers(2);
  how.unobserved = [&reported](std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const Oops& oops) {
      reported += oops.number;
    }
    throw Oops(0);
  };
  TestPool pool(how);
  pool.apply_async([] { throw Oops(3); });
  const auto observed = pool.apply_async([] { throw Oops(100); });
  CHECK_THROWS_AS(observed.get(), Oops);
  pool.finish();
  CHECK(reported == 3);
}

TEST_CASE("a caller helps where it is allowed to", "[cpp]") {
  tp::pool_options how = with_workers(1);
  how.caller_helps = true;
  TestPool pool(how);
  AllBusy busy(pool);
  const auto id = [] { return std::this_thread::get_id(); };
  CHECK(pool.apply_async(id).get() == std::this_thread::get_id());
}

TEST_CASE("a bounded pool refuses to wait when told so", "[cpp]") {
  NoneLeft check;
  tp::pool_options how = with_workers(1);
  how.max_pending = 2;
  TestPool pool(how);
  AllBusy busy(pool);
  tp::options<> trying;
  trying.try_submit = true;
  const auto value = [](const MoveOnly& object) { return object.value(); };
  const auto accepted = pool.apply_async(trying, value, MoveOnly(1));
  CHECK(status_of([&] { pool.apply_async(trying, value, MoveOnly(1)); }) == TP_EAGAIN);
  CHECK(status_of([&] { pool.map(value, std::vector<MoveOnly>(), trying); }) == TP_EAGAIN);
  busy.end();
  CHECK(accepted.get() == 1);
}

TEST_CASE("close lets run what was accepted, and join waits for it", "[cpp]") {
  std::atomic<int> runs{0};
  support::Gate gate;
  TestPool pool;
  for (int i = 0; i < 100; ++i) pool.apply_async([&] { gate.wait(), ++runs; });
  pool.close();
  pool.close();
  CHECK_FALSE(pool.join(kShort));
  CHECK(runs == 0);
  gate.open();
  pool.join();
  CHECK(pool.join(std::chrono::seconds::zero()));
  CHECK(runs == 100);
}

TEST_CASE("terminate drops what has not started and asks the rest to stop", "[cpp]") {
  support::Arrivals started;
  std::atomic<int> late{0};
  TestPool pool(2);
  const auto until_stopped = [&started] { return run_until_stopped(started), true; };
  const auto first = pool.apply_async(until_stopped);
  const auto second = pool.apply_async(until_stopped);
  const auto third = pool.apply_async([&late] { ++late; });
  started.wait(2);
  CHECK_FALSE(tp::this_task::stop_requested());
  pool.terminate();
  pool.terminate();
  pool.join();
  CHECK(first.get());
  CHECK(second.get());
  CHECK_THROWS_AS(third.get(), tp::Terminated);
  CHECK(late == 0);
}

TEST_CASE("a cancelled task is asked to stop", "[cpp]") {
  support::Arrivals started;
  TestPool pool(1);
  const auto result = pool.apply_async([&started] { run_until_stopped(started); });
  started.wait(1);
  result.cancel();
  result.wait();
  CHECK(pool.apply([] { return !tp::this_task::stop_requested(); }));
}

TEST_CASE("the end of a pool terminates and joins it", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  std::vector<tp::AsyncResult<void>> results;
  {
    support::Arrivals started;
    TestPool pool(2);
    const auto task = [&runs, &started, life = Life()] {
      run_until_stopped(started);
      ++runs;
    };
    for (int i = 0; i < 10; ++i) results.push_back(pool.apply_async(task));
    started.wait(2);
  }
  CHECK(runs == 2);
  CHECK(alive == 0);
  int terminated = 0;
  for (const auto& result : results) {
    CHECK(result.ready());
    if (status_of([&] { result.get(); }) == TP_ETERMINATED) ++terminated;
  }
  CHECK(terminated == 8);
}

TEST_CASE("wait_idle waits for the work and leaves the pool open", "[cpp]") {
  std::atomic<int> runs{0};
  support::Gate gate;
  TestPool pool;
  pool.wait_idle();
  for (int i = 0; i < 100; ++i) pool.apply_async([&] { gate.wait(), ++runs; });
  CHECK_FALSE(pool.wait_idle(kShort));
  gate.open();
  CHECK(pool.wait_idle(kLong));
  CHECK(runs == 100);
  CHECK(pool.apply([] { return 1; }) == 1);
}

TEST_CASE("a pool tells its numbers", "[cpp]") {
  TestPool pool(2);
  pool.map([](int n) { return n; }, numbers(10));
  CHECK_THROWS_AS(pool.apply([] { throw 1; }), int);
  pool.wait_idle();
  const tp_pool_stats_t stats = pool.stats();
  CHECK(stats.state == 0);
  CHECK(stats.workers == 2);
  CHECK(stats.submitted == 2);
  CHECK(stats.completed == 2);
  CHECK(stats.failed == 1);
  CHECK(stats.items == 11);
  std::size_t workers = 0;
  CHECK(tp_pool_workers(pool.capi(), &workers) == TP_OK);
  CHECK(workers == 2);
}
