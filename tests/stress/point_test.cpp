// SPDX-License-Identifier: MIT
// Mistakes that only a delay at one point of the core shows.
#include "stress/noise.hpp"
#include "support/test.hpp"

using namespace support;
using stress::At;

// On any thread: assertions are for that of the test.
static std::uint64_t parks_of(const tp_pool_t* pool) {
  tp_pool_stats_t stats{};
  stats.size = sizeof stats;
  tp_pool_stats(pool, &stats);
  return stats.parks;
}

TEST_CASE("What a thief holds in its hands is not lost when all others have gone to sleep") {
  const bool ends_thread = GENERATE(false, true);
  constexpr int kItems = 12;
  tp_pool_t* handle = nullptr;
  std::atomic<int> ran{0}, by_other{0};
  std::atomic<std::thread::id> thief{};
  Gate robbed;
  // the other worker has run what was left to it and sleeps, when the thief goes on
  const At steal("loop.steal", [&] {
    const std::uint64_t parks = parks_of(handle);
    robbed.open();
    await("the other worker to sleep", [&] { return parks_of(handle) > parks; });
    thief = std::this_thread::get_id();
  });
  Task<int, void> task([&](const int* i, void*) {
    if (*i == 0) robbed.wait();  // the first range is robbed while its worker is here
    ++ran;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // slow items are claimed one by one
    const std::thread::id robber = thief;
    if (robber == std::thread::id()) return 0;
    if (robber != std::this_thread::get_id()) return ++by_other, 0;
    if (ends_thread) {
      thief = std::thread::id();
      pthread_exit(nullptr);
    }
    await("the other worker to take some of it", [&] { return by_other > 0; });
    return 0;
  });
  std::vector<int> items(kItems);
  std::iota(items.begin(), items.end(), 0);
  Pool pool(2);
  handle = pool;
  Result result;
  REQUIRE(tp_pool_map_async(pool, &task, items.data(), kItems, nullptr, result.out()) == TP_OK);
  CHECK(result.wait() == TP_OK);
  CHECK(steal.reached());
  CHECK(ran == kItems);
}

TEST_CASE("An outside thread hands the end of a job to a worker and lets go of the pool") {
  Gate gone, busy;
  Arrivals started, deferred;
  const At defer("finder.deferred", [&] {
    deferred.arrive();
    gone.wait();
  });
  Step lethal([] { pthread_exit(nullptr); }), blocks([&] {
    started.arrive();
    busy.wait();
  });
  Done done;
  Result lost;
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  REQUIRE(tp_pool_apply_async(pool, &blocks, nullptr, nullptr, nullptr) == TP_OK);
  started.wait(1);
  REQUIRE(tp_pool_apply_async(pool, &lethal, nullptr, nullptr, lost.out()) == TP_OK);
  done.listen(lost);
  std::thread helper([&] { tp_result_wait(lost, TP_FOREVER); });
  deferred.wait(1);
  busy.open();
  pool.finish();
  pool.destroy();
  gone.open();
  helper.join();
  CHECK(done.calls == 1);
  CHECK(lost.get() == TP_ELOST);
}

TEST_CASE("A job ends and goes while a worker is at its deadline") {
  Gate runs, gone;
  Arrivals left;
  // a worker has ended the cancel, and not yet told those who wait
  const At at("job.left", [&] {
    left.arrive();
    gone.wait();
  });
  Step blocks([&] { runs.wait(); });
  support::Job timed;
  timed.deadline = 0.01;
  Pool pool(2);
  {
    Result result;
    REQUIRE(tp_pool_apply_async(pool, &blocks, nullptr, &timed, result.out()) == TP_OK);
    left.wait(1);
    runs.open();
    CHECK(result.get() == TP_ETIMEDOUT);
  }
  gone.open();
  pool.finish();
  CHECK(at.reached());
}
