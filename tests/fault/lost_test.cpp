// SPDX-License-Identifier: MIT
// Tasks and hooks that end their thread: one failed item each, and a new worker.
#include "support/test.hpp"

using namespace support;

static int leave() { pthread_exit(nullptr); }

TEST_CASE("1000 tasks end their thread") {
  Step lost([] { leave(); });
  Step work([] {});
  Pool pool(2);
  for (int i = 0; i < 1000; ++i) {
    Result result = apply_async(pool, lost);
    REQUIRE(result.get() == TP_ELOST);
    REQUIRE(tp_error_status(tp_result_error(result)) == TP_ELOST);
  }
  await("the lost threads to go", [&] { return worker_threads() == 2; });
  for (int i = 0; i < 100; ++i) REQUIRE(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  CHECK(stats_of(pool).workers == 2);
  pool.finish();
}

TEST_CASE("tasks that end their thread in a burst cost no other task") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* item, int* value) {
    if (*item % 3 == 0) leave();
    return *value = *item, ++ran, 0;
  });
  Pool pool(worker_counts());
  std::vector<int> items(300);
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
  Result result = map_async(pool, task, items.data(), items.size());
  REQUIRE(result.get() == TP_ELOST);
  for (std::size_t i = 0; i < items.size(); ++i)
    REQUIRE(tp_result_item_status(result, i) == (i % 3 == 0 ? TP_ELOST : TP_OK));
  CHECK(ran == 200);
  CHECK(tp_error_index(tp_result_error(result)) == 0);
  pool.finish();
}

TEST_CASE("an item of a stream ends its thread") {
  Task<int, int> task([](const int* item, int* value) {
    if (*item == 5) leave();
    return *value = *item, 0;
  });
  Numbers source(10);
  Pool pool(2);
  Result stream = imap(pool, task, source);
  for (int i = 0; i < 10; ++i) {
    int value = -1;
    REQUIRE(tp_result_next(stream, kLong, &value) == (i == 5 ? TP_ELOST : TP_OK));
    if (i != 5) CHECK(value == i);
  }
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("a source that ends its thread is a failed source") {
  Odd task;
  Numbers numbers;
  Source<int> source(
      [&](int* item) { return numbers.pulled == 3 ? leave() : Numbers::pull(&numbers, item); });
  Pool pool(2);
  Result stream;
  REQUIRE(tp_pool_imap(pool, &task, Source<int>::pull, &source, nullptr, stream.out()) == TP_OK);
  for (int i = 0; i < 3; ++i) REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  int value = 3;
  CHECK(tp_pool_apply(pool, &task, &value, &value) == TP_OK);
}

TEST_CASE("a callback that ends its thread counts as returned") {
  Step work([] {});
  Listening job([](tp_result_t*) { leave(); });
  Pool pool(2);
  for (int i = 1; i <= 100; ++i) {
    Result result = apply_async(pool, work, &job);
    REQUIRE(result.get() == TP_OK);
    REQUIRE(job.successes == i);
  }
  pool.finish();
}

TEST_CASE("a callback that ends its thread inside terminate leaves no job behind") {
  Gate others_queued, swept;
  Step work([] {});
  Step hold([&] { swept.wait(); });
  Listening job([&](tp_result_t*) {
    swept.open();
    leave();
  });
  Pool pool(2);
  Step end([&] {
    others_queued.wait();
    tp_pool_terminate(pool);
  });
  Numbers numbers;
  Odd odd;
  Result results[3], stream;
  REQUIRE(tp_pool_imap(pool, &odd, Numbers::pull, &numbers, nullptr, stream.out()) == TP_OK);
  await("a full window", [&] { return numbers.pulled >= 32; });
  for (const tp_task_t* task : {&hold, &end})
    REQUIRE(tp_pool_apply_async(pool, task, nullptr, nullptr, nullptr) == TP_OK);
  for (Result& result : results)
    REQUIRE(tp_pool_apply_async(pool, &work, nullptr, &job, result.out()) == TP_OK);
  others_queued.open();
  for (Result& result : results) {
    const int status = result.get();
    CHECK((status == TP_ETERMINATED || status == TP_OK));
  }
  int status = TP_OK;
  while (status == TP_OK) status = tp_result_next(stream, kLong, nullptr);
  CHECK(status == TP_ETERMINATED);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("an initializer that ends its thread breaks the pool") {
  Step work([] {});
  tp_pool_options_t options = pool_options(2);
  options.initializer = [](void*) { return leave(); };
  Pool pool(options);
  Result result;
  const int accepted = tp_pool_apply_async(pool, &work, nullptr, nullptr, result.out());
  CHECK((accepted == TP_EINIT || result.get() == TP_EINIT));
}
