// SPDX-License-Identifier: MIT
// What a result tells before, at and after the end of its job.
#include <cfloat>

#include "support/test.hpp"

using namespace support;

TEST_CASE("A result is not ready before its task has returned, and asking does it no harm") {
  Gate gate;
  Task<int, int> task([&](const int* x, int* y) { return gate.wait(), *y = *x + 1, 0; });
  Pool pool(worker_counts());
  Result result = apply_item(pool, task, 41);

  CHECK(tp_result_ready(result) == 0);
  CHECK(tp_result_successful(result) == TP_ENOTREADY);
  CHECK(tp_result_item_status(result, 0) == TP_ENOTREADY);
  CHECK(tp_result_error(result) == nullptr);
  for (const double timeout : {0.0, -1.0, -TP_FOREVER, kShort}) {
    CAPTURE(timeout);
    CHECK(tp_result_wait(result, timeout) == TP_ETIMEDOUT);
    CHECK(tp_result_get(result, timeout, nullptr) == TP_ETIMEDOUT);
  }

  gate.open();
  CHECK(result.wait() == TP_OK);
  CHECK(tp_result_ready(result) == 1);
  CHECK(tp_result_successful(result) == 1);
  CHECK(tp_result_item_status(result, 0) == TP_OK);
  CHECK(*result.values<int>() == 42);
}

TEST_CASE("A timeout too large to represent waits for ever") {
  for (const double timeout : {TP_FOREVER, 1e300, DBL_MAX, 1e19, 9.3e9}) {
    CAPTURE(timeout);
    Gate gate;
    Step task([&] { gate.wait(); });
    Pool pool(2);
    Result result = apply_async(pool, task);
    int status = TP_ETIMEDOUT;
    std::thread waiter([&] { status = tp_result_wait(result, timeout); });
    gate.open();
    waiter.join();
    CHECK(status == TP_OK);
  }
}

TEST_CASE("An ended job answers a poll") {
  Odd task;
  Pool pool(1);
  Result result = apply_item(pool, task, 1);
  REQUIRE(result.wait() == TP_OK);
  CHECK(tp_result_wait(result, 0) == TP_OK);
  CHECK(tp_result_wait(result, -1) == TP_OK);
  CHECK(tp_result_get(result, 0, nullptr) == TP_OK);
}

TEST_CASE("get lends the same values each time and to every thread") {
  Odd task;
  Pool pool(worker_counts());
  const std::vector<int> items{1, 2, 3};
  Result result = map_async(pool, task, items.data(), 3);

  std::vector<void*> seen(5);
  in_threads(5, [&](std::size_t i) { tp_result_get(result, kLong, &seen[i]); });
  const int* const values = result.values<int>();
  for (const void* other : seen) CHECK(other == values);
  CHECK(std::vector<int>(values, values + 3) == std::vector<int>{3, 5, 7});
}

TEST_CASE("get of a job without values sets NULL") {
  Step task([] {});
  Pool pool(1);
  Result result = apply_async(pool, task);
  int any = 0;
  void* values = &any;
  CHECK(tp_result_get(result, kLong, &values) == TP_OK);
  CHECK(values == nullptr);
}

TEST_CASE("A failed job is ready, not successful, and get says so each time") {
  Task<void, int> task([](const void*, int*) { return 7; });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  CHECK(result.wait() == TP_OK);
  CHECK(tp_result_ready(result) == 1);
  CHECK(tp_result_successful(result) == 0);
  for (int i = 0; i < 1000; ++i) REQUIRE(result.get() == TP_ETASK);
  const tp_error_t* error = tp_result_error(result);
  REQUIRE(error != nullptr);
  CHECK(tp_error_status(error) == TP_ETASK);
  CHECK(tp_error_code(error) == 7);
  CHECK(tp_error_index(error) == 0);
  CHECK(tp_result_item_status(result, 0) == TP_ETASK);
  CHECK(tp_result_error(result) == error);
}

TEST_CASE("progress counts the items that are done") {
  Gate first, second;
  Task<int, int> task([&](const int* x, int*) { return (*x ? second : first).wait(), 0; });
  Pool pool(1);
  const std::vector<int> items{0, 1, 2};
  Chunked job(1);
  Result result = map_async(pool, task, items.data(), 3, &job);
  std::size_t done = 9, total = 9;
  CHECK(tp_result_progress(result, &done, &total) == TP_OK);
  CHECK(done == 0);
  CHECK(total == 3);

  first.open();
  second.await(1);
  CHECK(tp_result_progress(result, &done, nullptr) == TP_OK);
  CHECK(done == 1);
  second.open();
  REQUIRE(result.wait() == TP_OK);
  CHECK(tp_result_progress(result, nullptr, &total) == TP_OK);
  CHECK(tp_result_progress(result, &done, nullptr) == TP_OK);
  CHECK(done == 3);
  CHECK(total == 3);
}

TEST_CASE("A result outlives its pool") {
  Odd task;
  const int item = 20;
  Result result;
  {
    Pool pool(worker_counts());
    REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
    pool.finish();
  }
  CHECK(tp_result_ready(result) == 1);
  CHECK(*result.values<int>() == 41);
}

TEST_CASE("Each owner of a result releases it once; the last one drops the values") {
  Live values;
  Task<void, Tracked> task(
      [&](const void*, Tracked* value) { return Tracked::make(value, values, 5), 0; });
  task.value_drop = Tracked::drop;
  Pool pool(2);
  tp_result_t* first = nullptr;
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, &first) == TP_OK);
  tp_result_t* second = tp_result_retain(first);
  CHECK(second == first);
  REQUIRE(tp_result_wait(first, kLong) == TP_OK);
  tp_result_release(first);
  CHECK(values.dropped == 0);
  void* slot = nullptr;
  REQUIRE(tp_result_get(second, kLong, &slot) == TP_OK);
  CHECK(static_cast<Tracked*>(slot)->number == 5);
  tp_result_release(second);
  CHECK(values.dropped == 1);
}

TEST_CASE("The release of an unfinished result detaches: the job runs on") {
  Live values;
  Arrivals ran;
  Task<void, Tracked> task([&](const void*, Tracked* value) {
    Tracked::make(value, values, 0);
    ran.arrive();
    return 0;
  });
  task.value_drop = Tracked::drop;
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Busy busy(pool, workers);
  for (int i = 0; i < 10; ++i) Result result = apply_async(pool, task);
  busy.end();
  pool.finish();
  CHECK(ran.count() == 10);
}

TEST_CASE("A thread outside runs nothing while it waits, unless the pool says CALLER_HELPS") {
  const bool helps = GENERATE(false, true);
  std::atomic<int> index{-2};
  Step task([&] { index = tp_worker_index(); });
  Pool pool(pool_options(2, helps ? TP_POOL_CALLER_HELPS : 0));
  Busy busy(pool, 2);
  Result result = apply_async(pool, task);
  CHECK(tp_result_wait(result, helps ? kLong : kShort) == (helps ? TP_OK : TP_ETIMEDOUT));
  CHECK(index == (helps ? -1 : -2));
  busy.end();
  CHECK(result.wait() == TP_OK);
}
