// SPDX-License-Identifier: MIT
// Which callback runs, how often, when, and what it may do to its job.
#include "support/test.hpp"

using namespace support;

TEST_CASE("Exactly one callback runs for each job, the one for its outcome") {
  const int code = GENERATE(0, 5);
  Task<int, int> task([&](const int* x, int* y) { return *y = *x, code; });
  Listening job;
  Pool pool(worker_counts());
  const std::vector<int> items(30);
  Result apply;
  REQUIRE(tp_pool_apply_async(pool, &task, items.data(), &job, apply.out()) == TP_OK);
  Result map = map_async(pool, task, items.data(), 30, &job);
  CHECK(apply.wait() == TP_OK);
  CHECK(map.wait() == TP_OK);
  CHECK(job.successes == (code == 0 ? 2 : 0));
  CHECK(job.failures == (code == 0 ? 0 : 2));
}

TEST_CASE("Where the callback for the outcome is NULL, none runs") {
  const int code = GENERATE(0, 5);
  Task<void, void> task([&](const void*, void*) { return code; });
  Listening job;
  (code == 0 ? job.callback : job.error_callback) = nullptr;
  Pool pool(2);
  Result result = apply_async(pool, task, &job);
  CHECK(result.wait() == TP_OK);
  CHECK(job.successes + job.failures == 0);
}

TEST_CASE("The callback of an empty map runs once") {
  Odd task;
  std::atomic<std::size_t> total{99};
  std::atomic<int> status{1};
  Listening job([&](tp_result_t* result) {
    std::size_t n = 99;
    void* values = &n;
    status = tp_result_get(result, 0, &values);
    tp_result_progress(result, nullptr, &n);
    total = n;
  });
  Pool pool(worker_counts());
  Result result = map_async(pool, task, nullptr, 0, &job);
  CHECK(result.get() == TP_OK);
  CHECK(job.successes == 1);
  CHECK(job.failures == 0);
  CHECK(total == 0);
  CHECK(status == TP_OK);
}

TEST_CASE("The callback comes before ready, and the waiters return after it") {
  Gate gate;
  std::atomic<bool> returned{false};
  std::atomic<int> ready{-1}, successful{1};
  Odd task;
  Listening job([&](tp_result_t* result) {
    ready = tp_result_ready(result);
    successful = tp_result_successful(result);
    gate.wait();
    returned = true;
  });
  Pool pool(worker_counts());
  Result result = apply_item(pool, task, 1, &job);
  gate.await(1);
  CHECK(tp_result_ready(result) == 0);
  CHECK(tp_result_wait(result, 0) == TP_ETIMEDOUT);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, 0) == TP_ETIMEDOUT);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  gate.open();
  CHECK(result.wait() == TP_OK);
  CHECK(returned);
  CHECK(ready == 0);
  CHECK(successful == TP_ENOTREADY);
  CHECK(tp_result_ready(result) == 1);
}

TEST_CASE("get and wait of the own result answer at once inside the callback") {
  Odd task;
  std::atomic<int> waited{1}, got{1}, value{0};
  Listening job([&](tp_result_t* result) {
    void* values = nullptr;
    waited = tp_result_wait(result, TP_FOREVER);
    got = tp_result_get(result, TP_FOREVER, &values);
    if (got == TP_OK) value = *static_cast<int*>(values);
  });
  Pool pool(worker_counts());
  const int item = 10;
  Result result;
  // The handle is there for the callback also when the caller does not want it.
  const bool wanted = GENERATE(true, false);
  tp_result_t** out = wanted ? result.out() : nullptr;
  REQUIRE(tp_pool_apply_async(pool, &task, &item, &job, out) == TP_OK);
  pool.finish();
  CHECK(waited == TP_OK);
  CHECK(got == TP_OK);
  CHECK(value == 21);
}

TEST_CASE("The error callback learns the reason") {
  Task<void, void> task([](const void*, void*) {
    tp_task_set_error("out of paper", nullptr, nullptr);
    return 3;
  });
  std::string message;
  int code = 0, status = 0;
  Listening job([&](tp_result_t* result) {
    status = tp_result_get(result, TP_FOREVER, nullptr);
    code = tp_error_code(tp_result_error(result));
    message = tp_error_message(tp_result_error(result));
  });
  Pool pool(2);
  Result result = apply_async(pool, task, &job);
  CHECK(result.wait() == TP_OK);
  CHECK(job.failures == 1);
  CHECK(status == TP_ETASK);
  CHECK(code == 3);
  CHECK(message == "out of paper");
}

TEST_CASE("The error callback of a map runs after all its items") {
  std::atomic<int> ran{0}, seen{0};
  Task<int, int> task([&](const int* x, int*) { return ++ran, *x == 0 ? 1 : 0; });
  Listening job([&](tp_result_t*) { seen = ran.load(); });
  job.chunksize = 1;
  Pool pool(worker_counts());
  std::vector<int> items(50, 1);
  items[0] = 0;
  Result result = map_async(pool, task, items.data(), 50, &job);
  CHECK(result.wait() == TP_OK);
  CHECK(job.failures == 1);
  CHECK(seen == 50);
}

TEST_CASE("Callbacks of one pool run one at a time") {
  std::atomic<int> inside{0}, most{0};
  int calls = 0;  // no lock: that is the promise
  Odd task;
  Listening job([&](tp_result_t*) {
    const int now = ++inside;
    if (now > most) most = now;
    ++calls;
    --inside;
  });
  Pool pool(worker_counts());
  for (int i = 0; i < 500; ++i) forget_item(pool, task, i, &job);
  pool.finish();
  CHECK(most == 1);
  CHECK(calls == 500);
}

TEST_CASE("Callbacks run in the order in which the jobs end") {
  const std::size_t workers = worker_counts();
  std::vector<int> order;
  Odd task;
  Job jobs[9];
  Pool pool(workers);
  Busy busy(pool, workers);
  Result results[9];
  for (int i = 0; i < 9; ++i) {
    jobs[i].listen([&order, i](tp_result_t*) { order.push_back(i); });
    REQUIRE(tp_pool_apply_async(pool, &task, &i, &jobs[i], results[i].out()) == TP_OK);
  }
  const std::vector<int> ends{4, 0, 8, 1, 7, 2, 6, 3, 5};
  for (const int i : ends) CHECK(tp_result_cancel(results[i]) == TP_OK);
  CHECK(order == ends);
}

TEST_CASE("A slow callback does not delay results of jobs without one") {
  Gate gate;
  Odd task;
  Listening job([&](tp_result_t*) { gate.wait(); });
  Pool pool(2);
  const int item = 1;
  forget_item(pool, task, item, &job);
  gate.await(1);
  int value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(value == 3);
  gate.open();
}

TEST_CASE("A callback that sets an error or throws makes the job a failed one") {
  Live values;
  std::atomic<int> drops{0};
  Task<void, Tracked> task(
      [&](const void*, Tracked* value) { return Tracked::make(value, values, 1), 0; });
  task.value_drop = Tracked::drop;
  const bool throws = GENERATE(false, true);
  Listening job([&](tp_result_t*) {
    if (throws) throw std::runtime_error("no disk");
    tp_task_set_error("no disk", &drops, count_drop);
  });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task, &job);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_result_successful(result) == 0);
  const tp_error_t* error = tp_result_error(result);
  REQUIRE(error != nullptr);
  CHECK(tp_error_status(error) == TP_ETASK);
  CHECK(tp_error_message(error) == std::string("no disk"));
  CHECK(job.successes == 1);
  CHECK(job.failures == 0);

  int value = 0;
  Odd other;
  CHECK(tp_pool_apply(pool, &other, &value, &value) == TP_OK);
  pool.finish();
  result.release();
  CHECK(drops == (throws ? 0 : 1));
}

TEST_CASE("Ten thousand callbacks that throw leave the pool well") {
  Odd task;
  Listening job([](tp_result_t*) { throw 1; });
  Pool pool(4);
  for (int i = 0; i < 10000; ++i) forget_item(pool, task, i, &job);
  pool.finish();
  CHECK(job.successes == 10000);
  CHECK(job.failures == 0);
}

TEST_CASE("Items and ctx are dropped before the callback, the values are there in it") {
  Live items, values;
  int dropped_items = 0, dropped_ctx = 0, dropped_values = -1, number = 0;
  Task<Tracked, Tracked> task([&](const Tracked* item, Tracked* value) {
    return Tracked::make(value, values, item->number + 1), 0;
  });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.value_drop = Tracked::drop;
  task.count_drops();
  Listening job([&](tp_result_t* result) {
    void* slot = nullptr;
    dropped_items = items.dropped;
    dropped_ctx = task.drops;
    dropped_values = values.dropped;
    if (tp_result_get(result, 0, &slot) == TP_OK) number = static_cast<Tracked*>(slot)->number;
  });
  Pool pool(worker_counts());
  Tracked item;
  Tracked::make(&item, items, 6);
  forget_item(pool, task, item, &job);
  pool.finish();
  CHECK(dropped_items == 1);
  CHECK(dropped_ctx == 1);
  CHECK(dropped_values == 0);
  CHECK(number == 7);
}

TEST_CASE("A callback may keep the result by retaining it") {
  Odd task;
  Result kept;
  Listening job([&](tp_result_t* result) { *kept.out() = tp_result_retain(result); });
  Pool pool(2);
  forget_item(pool, task, 7, &job);
  pool.finish();
  CHECK(*kept.values<int>() == 15);
}
