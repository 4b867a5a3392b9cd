// SPDX-License-Identifier: MIT
// A callback may call everything: submit, wait, close, terminate, cancel. It works or is refused.
#include "support/test.hpp"

using namespace support;

// Runs f in the callback of a job of its own, and returns when it has.
static void in_callback(tp_pool_t* pool, std::function<void(tp_result_t*)> f) {
  Odd task;
  Listening job(std::move(f));
  Result result = apply_item(pool, task, 0, &job);
  REQUIRE(result.wait() == TP_OK);
}

TEST_CASE("A callback may submit follow-up jobs") {
  std::atomic<int> ran{0};
  Step follow_up([&] { ++ran; });
  Job job;
  std::atomic<int> status{1};
  Pool pool(worker_counts());
  job.listen([&](tp_result_t*) {
    status = tp_pool_apply_async(pool, &follow_up, nullptr, nullptr, nullptr);
  });
  Odd task;
  for (int i = 0; i < 20; ++i) {
    Result result = apply_item(pool, task, i, &job);
    REQUIRE(result.wait() == TP_OK);
    REQUIRE(status == TP_OK);
  }
  pool.finish();
  CHECK(ran == 20);
}

TEST_CASE("A follow-up after close is refused in a callback and in a task, and the pool is well") {
  Gate closed;
  Step follow_up([] {});
  std::atomic<int> from_task{0}, from_callback{0};
  Job job;
  Pool pool(worker_counts());
  Step task([&] {
    closed.wait();
    from_task = tp_pool_apply_async(pool, &follow_up, nullptr, nullptr, nullptr);
  });
  job.listen([&](tp_result_t*) {
    from_callback = tp_pool_apply_async(pool, &follow_up, nullptr, nullptr, nullptr);
  });
  Result result = apply_async(pool, task, &job);
  CHECK(tp_pool_close(pool) == TP_OK);
  closed.open();
  CHECK(result.get() == TP_OK);
  CHECK(from_task == TP_ECLOSED);
  CHECK(from_callback == TP_ECLOSED);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("Blocking calls work inside a callback, also on one worker") {
  Odd task;
  const std::vector<int> items{1, 2, 3};
  std::vector<int> values(3);
  int applied = 1, mapped = 1, looped = 1, value = 0;
  std::atomic<int> chunks{0};
  const auto body = [](void* count, std::size_t, std::size_t) { return count_drop(count), 0; };
  Pool pool(worker_counts());
  in_callback(pool, [&](tp_result_t*) {
    applied = tp_pool_apply(pool, &task, items.data(), &value);
    mapped = tp_pool_map(pool, &task, items.data(), values.data(), 3, nullptr);
    looped = tp_pool_for(pool, body, &chunks, 100, nullptr);
  });
  CHECK(applied == TP_OK);
  CHECK(value == 3);
  CHECK(mapped == TP_OK);
  CHECK(values == std::vector<int>{3, 5, 7});
  CHECK(looped == TP_OK);
  CHECK(chunks > 0);
}

TEST_CASE("A callback may wait for another job, also for one with a callback") {
  Odd task;
  Listening other;
  int waited = 1, got = 1;
  Pool pool(worker_counts());
  in_callback(pool, [&](tp_result_t*) {
    const int item = 1;
    tp_result_t* result = nullptr;
    if (tp_pool_apply_async(pool, &task, &item, &other, &result) != TP_OK) return;
    waited = tp_result_wait(result, kLong);
    got = tp_result_get(result, kLong, nullptr);
    tp_result_release(result);
  });
  CHECK(waited == TP_OK);
  CHECK(got == TP_OK);
  pool.finish();
  CHECK(other.successes == 1);
}

TEST_CASE("A callback may read a stream") {
  Numbers source(30);
  Odd task;
  int sum = 0, last = 1;
  Pool pool(worker_counts());
  in_callback(pool, [&](tp_result_t*) {
    tp_result_t* stream = nullptr;
    if (tp_pool_imap(pool, &task, source.pull, &source, nullptr, &stream) != TP_OK) return;
    int value = 0;
    while ((last = tp_result_next(stream, kLong, &value)) == TP_OK) sum += value;
    tp_result_release(stream);
  });
  CHECK(last == TP_END);
  CHECK(sum == 30 * 30);
}

TEST_CASE("join and wait_idle inside a callback are refused, always") {
  std::vector<int> answers;
  Pool pool(worker_counts());
  in_callback(pool, [&](tp_result_t*) {
    answers = {tp_pool_join(pool, TP_FOREVER), tp_pool_wait_idle(pool, TP_FOREVER),
               tp_pool_close(pool), tp_pool_join(pool, TP_FOREVER)};
  });
  CHECK(answers == std::vector<int>{TP_EDEADLK, TP_EDEADLK, TP_OK, TP_EDEADLK});
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("A callback that ran in cancel is inside the pool, too") {
  int joined = 1;
  Odd task;
  Job job;
  Pool pool(1);
  job.listen([&](tp_result_t*) { joined = tp_pool_join(pool, TP_FOREVER); });
  Busy busy(pool, 1);
  Result result = apply_item(pool, task, 0, &job);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(joined == TP_EDEADLK);
}

TEST_CASE("terminate inside a callback ends the other jobs, each with its callback") {
  const std::size_t workers = worker_counts();
  Gate submitted;
  std::atomic<int> status{1};
  Step first([&] { submitted.wait(); });
  Odd task;
  Job terminating, others;
  others.listen();
  Pool pool(workers);
  terminating.listen([&](tp_result_t*) { status = tp_pool_terminate(pool); });
  Result result = apply_async(pool, first, &terminating);
  Busy busy(pool, workers - 1);
  std::vector<Result> results(10);
  for (Result& queued : results) {
    const int item = 0;
    REQUIRE(tp_pool_apply_async(pool, &task, &item, &others, queued.out()) == TP_OK);
  }
  submitted.open();
  CHECK(result.get() == TP_OK);
  CHECK(status == TP_OK);
  for (const Result& queued : results) CHECK(queued.get() == TP_ETERMINATED);
  CHECK(others.failures == 10);
  CHECK(others.successes == 0);
  busy.end();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("cancel inside a callback runs the other job's callback, and waiting for it works") {
  const std::size_t workers = worker_counts();
  Gate submitted;
  Step first([&] { submitted.wait(); });
  Odd task;
  Job cancelling, other;
  other.listen();
  Result queued;
  std::atomic<int> cancelled{1}, waited{1};
  cancelling.listen([&](tp_result_t*) {
    cancelled = tp_result_cancel(queued);
    waited = tp_result_wait(queued, kLong);
  });
  Pool pool(workers);
  Result result = apply_async(pool, first, &cancelling);
  Busy busy(pool, workers - 1);
  const int item = 0;
  REQUIRE(tp_pool_apply_async(pool, &task, &item, &other, queued.out()) == TP_OK);
  submitted.open();
  CHECK(result.get() == TP_OK);
  CHECK(cancelled == TP_OK);
  CHECK(waited == TP_OK);
  CHECK(queued.wait() == TP_OK);
  CHECK(other.failures == 1);
}

TEST_CASE("A callback sees the stop flag after terminate") {
  Arrivals called;
  std::atomic<int> before{-1}, after{-1};
  Odd task;
  Listening job([&](tp_result_t*) {
    before = tp_task_stop_requested();
    called.arrive();
    await_stop();
    after = 1;
  });
  Pool pool(2);
  Result result = apply_item(pool, task, 0, &job);
  called.wait(1);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(result.get() == TP_OK);
  CHECK(before == 0);
  CHECK(after == 1);
}
