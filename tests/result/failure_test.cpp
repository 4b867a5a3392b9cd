// SPDX-License-Identifier: MIT
// Which failure a job reports, and what becomes of its other items.
#include "support/test.hpp"

using namespace support;

static std::string message_of(const tp_result_t* result) {
  return tp_error_message(tp_result_error(result));
}

TEST_CASE("Every item of a failed map has run and has its status, whatever the chunk size") {
  const std::size_t chunksize = GENERATE(as<std::size_t>{}, 0, 1, 7, 1000);
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int*) { return ++ran, *x % 3 == 1 ? *x : 0; });
  Pool pool(worker_counts());
  const std::vector<int> items = range(100);
  Chunked job(chunksize);
  Result result = map_async(pool, task, items.data(), 100, &job);

  CHECK(result.get() == TP_ETASK);
  CHECK(ran == 100);
  for (std::size_t i = 0; i < 100; ++i)
    REQUIRE(tp_result_item_status(result, i) == (i % 3 == 1 ? TP_ETASK : TP_OK));
  CHECK(tp_result_item_status(result, 100) == TP_EINVAL);
}

TEST_CASE("The failure with the lowest index is the job's, also when it comes last") {
  Gate late;
  Arrivals early;
  Task<int, int> task([&](const int* x, int*) {
    if (*x == 0) return 0;
    if (*x == 1) {
      late.wait();
      return 11;
    }
    early.arrive();
    return 20 + *x;
  });
  Pool pool(4);
  const std::vector<int> items = range(8);
  Chunked job(1);
  Result result = map_async(pool, task, items.data(), 8, &job);
  early.wait(6);
  late.open();
  CHECK(result.get() == TP_ETASK);
  const tp_error_t* error = tp_result_error(result);
  CHECK(tp_error_index(error) == 1);
  CHECK(tp_error_code(error) == 11);
}

TEST_CASE("A blocking map reports the lowest index, too") {
  Task<int, int> task([](const int* x, int* y) { return *y = 0, *x >= 40 ? *x : 0; });
  Pool pool(worker_counts());
  const std::vector<int> items = range(100);
  std::vector<int> values(100);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 100, nullptr) == TP_ETASK);
  const tp_error_t* error = tp_last_error();
  REQUIRE(error != nullptr);
  CHECK(tp_error_status(error) == TP_ETASK);
  CHECK(tp_error_index(error) == 40);
  CHECK(tp_error_code(error) == 40);
}

TEST_CASE("A failed map hands over no value: what was produced is dropped") {
  Live values;
  Task<int, Tracked> task([&](const int* x, Tracked* value) {
    if (*x == 50) return 1;
    Tracked::make(value, values, *x);
    return 0;
  });
  task.value_drop = Tracked::drop;
  Pool pool(worker_counts());
  const std::vector<int> items = range(100);
  SECTION("map") {
    std::vector<Tracked> slots(100);
    CHECK(tp_pool_map(pool, &task, items.data(), slots.data(), 100, nullptr) == TP_ETASK);
    CHECK(values.dropped == 99);
  }
  SECTION("map_async") {
    Result result = map_async(pool, task, items.data(), 100);
    CHECK(result.get() == TP_ETASK);
  }
}

TEST_CASE("FAIL_FAST skips what has not started after the first failure") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int*) { return ++ran, *x == 2 ? 9 : 0; });
  Pool pool(1);
  const std::vector<int> items = range(50);
  Chunked job(GENERATE(as<std::size_t>{}, 0, 1, 5));
  job.flags = TP_JOB_FAIL_FAST;
  Result result = map_async(pool, task, items.data(), 50, &job);
  CHECK(result.get() == TP_ETASK);
  CHECK(ran == 3);
  CHECK(tp_error_index(tp_result_error(result)) == 2);
  for (std::size_t i = 0; i < 50; ++i)
    REQUIRE(tp_result_item_status(result, i) == (i < 2 ? TP_OK : i == 2 ? TP_ETASK : TP_ECANCELED));
}

TEST_CASE("FAIL_FAST asks the running items to stop") {
  Arrivals started;
  std::atomic<int> stopped{0};
  Task<int, int> task([&](const int* x, int*) {
    started.arrive();
    started.wait(2);
    if (*x == 0) return 1;
    await_stop();
    ++stopped;
    return 0;
  });
  Pool pool(2);
  const std::vector<int> items = range(10);
  Chunked job(1);
  job.flags = TP_JOB_FAIL_FAST;
  Result result = map_async(pool, task, items.data(), 10, &job);
  CHECK(result.get() == TP_ETASK);
  CHECK(stopped == 1);
  CHECK(started.count() == 2);
  int skipped = 0;
  for (std::size_t i = 0; i < 10; ++i) skipped += tp_result_item_status(result, i) == TP_ECANCELED;
  CHECK(skipped == 8);
}

TEST_CASE("FAIL_FAST ends a stream, and the source is not asked again") {
  Numbers source;
  Task<int, int> task([](const int* x, int* y) { return *y = *x, *x == 3 ? 8 : 0; });
  Pool pool(1);
  Chunked job(1);
  job.flags = TP_JOB_FAIL_FAST;
  job.source_drop = Numbers::drop;
  Result stream = imap(pool, task, source, &job);
  REQUIRE(stream.wait() == TP_OK);
  CHECK(source.drops == 1);
  int value = -1;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == i);
  }
  CHECK(tp_result_next(stream, kLong, &value) == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 8);
  CHECK(tp_result_next(stream, kLong, &value) == TP_ECANCELED);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
}

TEST_CASE("A C++ exception that leaves a task fails the item with its what()") {
  Task<int, int> task([](const int* x, int*) -> int {
    if (*x == 0) throw std::runtime_error("no such file");
    throw *x;
  });
  Pool pool(worker_counts());
  const std::vector<int> items = range(20);
  Result result = map_async(pool, task, items.data(), 20);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_error_code(tp_result_error(result)) == 0);
  CHECK(message_of(result) == "no such file");
  for (std::size_t i = 0; i < 20; ++i) REQUIRE(tp_result_item_status(result, i) == TP_ETASK);
}

TEST_CASE("A failed task's message, code and payload reach the waiter") {
  std::atomic<int> drops{0};
  Task<int, int> task([&](const int* x, int*) {
    if (*x == 3) tp_task_set_error("bad checksum", &drops, count_drop);
    return *x == 3 ? -5 : 0;
  });
  Pool pool(worker_counts());
  const std::vector<int> items = range(6);
  Result result = map_async(pool, task, items.data(), 6);
  CHECK(result.get() == TP_ETASK);
  const tp_error_t* error = tp_result_error(result);
  CHECK(tp_error_code(error) == -5);
  CHECK(tp_error_index(error) == 3);
  CHECK(message_of(result) == "bad checksum");
  CHECK(tp_error_payload(error) == &drops);
  CHECK(drops == 0);
  result.release();
  CHECK(drops == 1);
}

TEST_CASE("The payloads of all failed items are dropped once, also of those not reported") {
  std::atomic<int> drops{0};
  Task<int, int> task([&](const int*, int*) {
    tp_task_set_error("first", &drops, count_drop);
    tp_task_set_error("second", &drops, count_drop);
    return 1;
  });
  Pool pool(worker_counts());
  const std::vector<int> items = range(40);
  Result result = map_async(pool, task, items.data(), 40);
  CHECK(result.get() == TP_ETASK);
  CHECK(message_of(result) == "second");
  result.release();
  pool.finish();
  CHECK(drops == 80);
}
