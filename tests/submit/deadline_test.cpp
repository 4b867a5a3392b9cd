// SPDX-License-Identifier: MIT
// Deadlines of jobs: what has not started by then ends in TP_ETIMEDOUT, and what runs is asked to stop.
#include "dues.hpp"
#include "support/test.hpp"

using namespace support;

constexpr double kFar = 1000.0;  // a deadline that never comes

TEST_CASE("A queued job ends at its deadline with its error callback") {
  Timed job(kShort);
  job.listen();
  Odd odd;
  Pool pool(1);
  Busy busy(pool, 1);
  const int item = 1;
  Result result = apply_item(pool, odd, item, &job);
  Result plain = apply_item(pool, odd, item);
  CHECK(result.get() == TP_ETIMEDOUT);
  CHECK(tp_result_ready(result) == 1);
  CHECK(tp_result_ready(plain) == 0);
  CHECK(tp_result_item_status(result, 0) == TP_ETIMEDOUT);
  CHECK(tp_error_status(tp_result_error(result)) == TP_ETIMEDOUT);
  CHECK(job.failures == 1);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.timed_out == 1);
  CHECK(stats.failed == 1);
  busy.end();
  CHECK(plain.get() == TP_OK);
}

TEST_CASE("A running task is asked to stop and its job has failed however it returns") {
  Timed job(kShort);
  job.listen();
  Patient task;
  Pool pool(worker_counts());
  Result result = apply_async(pool, task, &job);
  CHECK(result.get() == TP_ETIMEDOUT);
  pool.finish();
  CHECK(job.failures == 1);
  CHECK(stats_of(pool).timed_out == 1);
}

TEST_CASE("A job that ends in time is not touched and keeps neither memory nor the pool") {
  const bool forever = GENERATE(false, true);
  Timed job(forever ? TP_FOREVER : kFar);
  job.listen();
  Odd odd;
  const int items[] = {1, 2, 3};
  Pool pool(worker_counts());
  for (int round = 0; round < 100; ++round) {
    Result single = apply_item(pool, odd, *items, &job);
    Result mapped = map_async(pool, odd, items, 3, &job);
    CHECK(single.get() == TP_OK);
    CHECK(mapped.values<int>()[2] == 7);
  }
  pool.finish();
  CHECK(job.successes == 200);
  CHECK(stats_of(pool).timed_out == 0);
}

TEST_CASE("Deadlines pass in their order, not in that of the submits") {
  Dues dues(8);
  std::vector<std::size_t> order;
  std::vector<Result> results(8);
  Odd odd;
  Pool pool(1);
  Busy busy(pool, 1);
  std::deque<Timed> jobs;
  const int item = 1;
  for (const std::size_t i : {3u, 6u, 0u, 7u, 2u, 5u, 1u, 4u}) {
    const double deadline = i == 5 ? kFar : 0.2 + 0.02 * static_cast<double>(i);
    Job& job = jobs.emplace_back(deadline);
    job.listen([&order, i](tp_result_t*) { order.push_back(i); });
    dues.note(i, deadline, [&] {
      REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, results[i].out()) == TP_OK);
    });
  }
  dues.note(5, 0, [&] { CHECK(tp_result_cancel(results[5]) == TP_OK); });
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  CAPTURE(order);
  CHECK(dues.allow(order));
}

TEST_CASE("A map and a for are cut at their deadline and blocking calls tell") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int* y) {
    if (++ran == 1) await_stop();
    return *y = 1, 0;
  });
  const std::vector<int> items(1000, 1);
  std::vector<int> values(1000);
  const auto body = [](void*, std::size_t, std::size_t) { return await_stop(), 0; };
  Timed job(kShort);
  job.chunksize = 1;
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2));
  const bool blocking = GENERATE(false, true);
  if (blocking) {
    CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 1000, &job) == TP_ETIMEDOUT);
    CHECK(tp_error_status(tp_last_error()) == TP_ETIMEDOUT);
    CHECK(tp_pool_for(pool, body, nullptr, 4, &job) == TP_ETIMEDOUT);
  } else {
    Result map, loop;
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 1000, &job, map.out()) == TP_OK);
    CHECK(map.get() == TP_ETIMEDOUT);
    REQUIRE(tp_pool_for_async(pool, body, nullptr, 4, &job, loop.out()) == TP_OK);
    CHECK(loop.get() == TP_ETIMEDOUT);
    CHECK(tp_result_item_status(loop, 3) <= TP_OK);
  }
  pool.finish();
  CHECK(stats_of(pool).timed_out == 2);
}

TEST_CASE("A stream yields what has run and then says once that it was cut by its deadline") {
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 3) await_stop();
    return *item = i++, i <= 3 ? 1 : 0;
  });
  Odd odd;
  Timed job(0.2);
  Pool pool(worker_counts());
  Result stream = imap(pool, odd, source, &job);
  int value = 0, status = TP_OK, yielded = 0;
  while ((status = tp_result_next(stream, kLong, &value)) == TP_OK)
    CHECK(value == 2 * yielded++ + 1);
  CHECK(status == TP_ETIMEDOUT);
  CHECK(yielded <= 3);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
  CHECK(stream.wait() == TP_OK);
  CHECK(tp_error_status(tp_result_error(stream)) == TP_ETIMEDOUT);
}

TEST_CASE("A fire-and-forget task obeys its deadline") {
  std::atomic<int> ran{0};
  Timed job(kShort);
  Step task([&] { ++ran; });
  Pool pool(1);
  Busy busy(pool, 1);
  forget(pool, task, &job);
  await("the deadline", [&] { return stats_of(pool).timed_out == 1; });
  busy.end();
  pool.finish();
  CHECK(ran == 0);
}

TEST_CASE("A pool has a timer thread from its first deadline to its end") {
  const NoThreadLeft none;
  const std::size_t before = worker_threads();
  Odd odd;
  Timed job(kFar);
  Pool pool(2);
  const int item = 1;
  CHECK(tp_pool_apply(pool, &odd, &item, std::vector<int>(1).data()) == TP_OK);
  await("the workers' names", [&] { return worker_threads() == before + 2; });
  for (int i = 0; i < 3; ++i) forget_item(pool, odd, item, &job);
  await("the timer's name", [&] { return worker_threads() == before + 3; });
}

TEST_CASE("A callback at a deadline may destroy the pool or end its thread") {
  const bool destroys = GENERATE(false, true);
  const NoThreadLeft none;
  Gone gone;
  Arrivals called;
  tp_pool_t* handle = nullptr;
  Timed lethal(kShort), later(destroys ? kFar : 0.1);
  later.listen();
  lethal.listen([&](tp_result_t*) {
    if (destroys) tp_pool_destroy(handle);
    called.arrive();
    if (!destroys) pthread_exit(nullptr);
  });
  Odd odd;
  Patient busy;
  Timed stopped(kFar);
  tp_pool_options_t options = pool_options(1);
  gone.watch(options);
  Pool pool(options);
  handle = pool;
  Result running = apply_async(pool, busy, &stopped);
  busy.started.wait(1);
  const int item = 1;
  Result first = apply_item(pool, odd, item, &lethal);
  Result second = apply_item(pool, odd, item, &later);
  if (destroys) (void)pool.give_away();
  called.wait(1);
  CHECK(second.get() == (destroys ? TP_ETERMINATED : TP_ETIMEDOUT));
  // the worker has to go on with the end of the first job
  if (!destroys) CHECK(tp_result_cancel(running) == TP_OK);
  CHECK(first.get() == TP_ETIMEDOUT);
  if (destroys) gone.wait();
  CHECK(later.failures == 1);
}

TEST_CASE("Without threads of the pool those that serve or wait watch deadlines") {
  const int who = GENERATE(0, 1, 2, 3, 4, 5);
  CAPTURE(who);
  Timed job(kShort);
  job.listen();
  Odd odd;
  Pool pool(pool_options(2, TP_POOL_NO_THREADS | (who == 3 ? TP_POOL_MANUAL_CALLBACKS : 0u)));
  Result other;
  const int item = 1;
  Result result = apply_item(pool, odd, item, &job);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // past the deadline
  if (who == 0) CHECK(tp_result_wait(result, kLong) == TP_OK);
  if (who == 1) CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  if (who == 2) CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  if (who == 3) CHECK(tp_pool_run_callbacks(pool, kLong, nullptr) == TP_OK);
  if (who == 4) {
    std::size_t index = 0;
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, nullptr, other.out()) == TP_OK);
    tp_result_t* const results[] = {other, result};
    CHECK(tp_wait_any(results, 2, kLong, &index) == TP_OK);
    CHECK(index == 1);
  }
  if (who == 5) CHECK(Completed({result}).rest().size() == 1);
  CHECK(tp_result_get(result, 0, nullptr) == TP_ETIMEDOUT);
  CHECK(job.failures == 1);
}

TEST_CASE(
    "A thread that serves alone cuts its own map at the deadline and its task sees the time") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int* y) {
    if (++ran == 1) await_stop();
    return *y = 1, 0;
  });
  const std::vector<int> items(100, 1);
  Timed job(kShort);
  job.chunksize = 1;
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  Result map = map_async(pool, task, items.data(), 100, &job);
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  CHECK(tp_result_get(map, 0, nullptr) == TP_ETIMEDOUT);
  CHECK(ran <= 1);
}

TEST_CASE("A thread that serves wakes for a deadline") {
  Timed job(kShort);
  Odd odd;
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  int entered = 1;
  std::thread host([&] { entered = tp_worker_enter(pool, nullptr, kLong, nullptr); });
  Result result = apply_item(pool, odd, 1, &job);
  await("the deadline", [&] { return tp_result_ready(result) == 1; });
  CHECK(result.get() == TP_ETIMEDOUT);
  CHECK(tp_pool_close(pool) == TP_OK);
  host.join();
  CHECK(entered == TP_END);
}

TEST_CASE("A job that was cancelled and is not over by its deadline has timed out") {
  Timed job(0.5);  // the task has to start before that
  HeldStep task;
  Pool pool(1);
  Result result = apply_async(pool, task, &job);
  task.gate.await(1);
  REQUIRE(tp_result_cancel(result) == TP_OK);
  std::this_thread::sleep_for(std::chrono::milliseconds(510));  // past the deadline
  task.gate.open();
  CHECK(result.get() == TP_ETIMEDOUT);
}

TEST_CASE("A callback at a deadline that cancels its thread ends no timer") {
  Timed first(kShort), second(2 * kShort);
  first.listen([](tp_result_t*) { pthread_cancel(pthread_self()); });
  Odd odd;
  const int item = 1;
  Pool pool(1);
  Busy busy(pool, 1);
  Result results[2];
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &first, results[0].out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &second, results[1].out()) == TP_OK);
  CHECK(results[0].get() == TP_ETIMEDOUT);
  CHECK(results[1].get() == TP_ETIMEDOUT);
}
