// SPDX-License-Identifier: MIT
// The pool's numbers.
#include "support/test.hpp"

using namespace support;

TEST_CASE("The numbers of a pool that did nothing are zero") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.size == sizeof(stats));
  CHECK(stats.state == 0);
  CHECK(stats.workers == workers);
  CHECK(stats.queued == 0);
  CHECK(stats.running == 0);
  CHECK(stats.submitted == 0);
  CHECK(stats.completed == 0);
  CHECK(stats.failed == 0);
  CHECK(stats.cancelled == 0);
  CHECK(stats.items == 0);
  CHECK(stats.callbacks == 0);
}

TEST_CASE("queued, running and busy count what is there now") {
  const std::size_t workers = worker_counts();
  Odd task;
  const std::vector<int> items(10);
  Pool pool(workers);
  Busy busy(pool, workers);
  Result apply;
  REQUIRE(tp_pool_apply_async(pool, &task, items.data(), nullptr, apply.out()) == TP_OK);
  Result map = map_async(pool, task, items.data(), 10);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.busy == workers);
  CHECK(stats.running == workers);
  CHECK(stats.queued == 11);
  CHECK(stats.submitted == workers + 2);
  CHECK(stats.completed == 0);
  CHECK(tp_result_cancel(map) == TP_OK);
  CHECK(stats_of(pool).queued == 1);
  busy.end();
  REQUIRE(apply.wait() == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).queued == 0);
  CHECK(stats_of(pool).running == 0);
}

TEST_CASE("Ended jobs are counted by their outcome, run items and callbacks as they ran") {
  const std::size_t workers = worker_counts();
  Odd good;
  Task<int, int> bad([](const int*, int*) { return 1; });
  Listening job;
  const std::vector<int> items(10);
  std::vector<int> values(10);
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    Result cancelled;
    REQUIRE(tp_pool_apply_async(pool, &good, items.data(), &job, cancelled.out()) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &bad, items.data(), 10, &job, nullptr) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &good, items.data(), 10, &job, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply_async(pool, &good, items.data(), nullptr, nullptr) == TP_OK);
    CHECK(tp_result_cancel(cancelled) == TP_OK);
  }
  CHECK(tp_pool_apply(pool, &bad, items.data(), values.data()) == TP_ETASK);
  CHECK(tp_pool_map(pool, &good, items.data(), values.data(), 10, nullptr) == TP_OK);
  pool.finish();
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.state == 3);
  CHECK(stats.submitted == workers + 6);
  CHECK(stats.completed == workers + 6);
  CHECK(stats.failed == 2);
  CHECK(stats.cancelled == 1);
  CHECK(stats.items == workers + 10 + 10 + 1 + 1 + 10);
  CHECK(stats.callbacks == 3);
  CHECK(stats.busy == 0);
}

TEST_CASE("A terminated job counts as cancelled, one of a broken pool as failed") {
  Gate gate;
  const PoolHooks options(pool_options(1), [&] { return gate.wait(), 1; });
  Step task([] {});
  Pool broken(options), pool(1);
  Busy busy(pool, 1);
  forget(pool, task);
  forget(broken, task);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(stats_of(pool).cancelled == 1);
  CHECK(stats_of(pool).failed == 0);
  gate.open();
  REQUIRE(tp_pool_wait_idle(broken, kLong) == TP_OK);
  CHECK(stats_of(broken).failed == 1);
  CHECK(stats_of(broken).cancelled == 0);
}

TEST_CASE("A stream is one job, its items are counted as they run") {
  Numbers source(25);
  Odd task;
  Pool pool(2);
  Result stream = imap(pool, task, source);
  pool.finish();
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.submitted == 1);
  CHECK(stats.completed == 1);
  CHECK(stats.items == 25);
}

TEST_CASE("A refused job is not counted") {
  Step task([] {});
  Pool pool(1);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ECLOSED);
  CHECK(stats_of(pool).submitted == 0);
}

TEST_CASE("The state is told, from running to joined, and that of a broken pool") {
  tp_pool_options_t options = pool_options(1);
  options.initializer = [](void*) { return 1; };
  Pool pool(2), broken(options);
  CHECK(stats_of(pool).state == 0);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(stats_of(pool).state == 1);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  CHECK(stats_of(pool).state == 2);
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).state == 3);
  CHECK(stats_of(pool).workers == 0);
  await("the initializer to fail", [&] { return stats_of(broken).state == 4; });
}

TEST_CASE("Steals and sleeps are counted as they happen") {
  Pool pool(2);
  await("two workers to sleep", [&] { return stats_of(pool).parks >= 2; });
  CHECK(stats_of(pool).steals == 0);
  Busy busy(pool, 1);
  Result result = for_async(pool, empty_range, nullptr, 1000);
  REQUIRE(result.wait() == TP_OK);  // the busy worker's share, too
  CHECK(stats_of(pool).steals >= 1);
  CHECK(stats_of(pool).items == 1000);
}
