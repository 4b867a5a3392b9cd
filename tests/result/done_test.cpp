// SPDX-License-Identifier: MIT
// Done callbacks: once, in order, when the job is ready, for every kind of job and outcome.
#include "support/test.hpp"

using namespace support;

const auto fail_one = [](void*, std::size_t, std::size_t) { return 7; };

TEST_CASE("A done callback sees the outcome of a job of each kind") {
  Gate gate;
  const std::vector<int> items{1, 2, 3};
  Task<int, int> odd([&](const int* x, int* y) { return gate.wait(), *y = 2 * *x + 1, 0; });
  Numbers source(3);
  std::atomic<int> ready{0}, last{0};
  Done done([&](tp_result_t* result) {
    ready += tp_result_ready(result);
    void* values = nullptr;
    if (tp_result_get(result, 0, &values) == TP_OK && values) last += static_cast<int*>(values)[0];
  });
  Pool pool(worker_counts());
  std::vector<Result> results(3);
  REQUIRE(tp_pool_apply_async(pool, &odd, items.data(), nullptr, results[0].out()) == TP_OK);
  REQUIRE(tp_pool_map_async(pool, &odd, items.data(), 3, nullptr, results[1].out()) == TP_OK);
  REQUIRE(tp_pool_imap(pool, &odd, source.pull, &source, nullptr, results[2].out()) == TP_OK);
  for (const Result& result : results) done.listen(result);
  CHECK(done.calls == 0);
  gate.open();
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  pool.finish();
  CHECK(done.calls == 3);
  CHECK(ready == 3);
  CHECK(last == 6);
}

TEST_CASE("A done callback runs for a failure, a cancelled and a terminated job") {
  std::vector<int> statuses;
  Done done([&](tp_result_t* result) { statuses.push_back(tp_result_get(result, 0, nullptr)); });
  Odd odd;
  Pool pool(1);
  Result failing;
  {
    Busy busy(pool, 1);
    REQUIRE(tp_pool_for_async(pool, fail_one, nullptr, 1, nullptr, failing.out()) == TP_OK);
    done.listen(failing);
  }
  CHECK(failing.wait() == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  Busy busy(pool, 1);
  const int item = 0;
  Result cancelled = apply_item(pool, odd, item);
  Result terminated = apply_item(pool, odd, item);
  done.listen(cancelled);
  done.listen(terminated);
  CHECK(tp_result_cancel(cancelled) == TP_OK);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(statuses == std::vector<int>{TP_ETASK, TP_ECANCELED, TP_ETERMINATED});
}

TEST_CASE(
    "Done callbacks run in the order in which they were added, after the job's own callback") {
  std::vector<int> order;
  Listening job([&](tp_result_t*) { order.push_back(0); });
  Done first([&](tp_result_t*) { order.push_back(1); });
  Done second([&](tp_result_t*) { order.push_back(2); });
  Odd odd;
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Result result;
  {
    Busy busy(pool, workers);
    const int item = 0;
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, result.out()) == TP_OK);
    for (Done* done : {&first, &second, &first}) done->listen(result);
  }
  pool.finish();
  CHECK(order == std::vector<int>{0, 1, 2, 1});
}

TEST_CASE("A done callback of a ready job runs at once on the caller") {
  std::thread::id where;
  std::atomic<int> stop{-1};
  Done done([&](tp_result_t*) {
    where = std::this_thread::get_id();
    stop = tp_task_stop_requested();
  });
  Odd odd;
  Result result;
  {
    Pool pool(2);
    const int item = 0;
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, nullptr, result.out()) == TP_OK);
    REQUIRE(result.wait() == TP_OK);
    done.listen(result);
    CHECK(done.calls == 1);
  }
  done.listen(result);
  CHECK(done.calls == 2);
  CHECK(where == std::this_thread::get_id());
  CHECK(stop == 0);
}

TEST_CASE("A done callback keeps values and may release the last handle") {
  std::atomic<int> drops{0}, seen{0}, drops_before{-1};
  Gate gate;
  Task<void, std::atomic<int>*> task([&](const void*, std::atomic<int>** value) {
    gate.wait();
    return *value = &drops, 0;
  });
  task.value_drop = [](void* value) { ++**static_cast<std::atomic<int>**>(value); };
  Done done([&](tp_result_t* result) {
    void* values = nullptr;
    seen = tp_result_get(result, 0, &values);
    drops_before = drops.load();
  });
  Done releasing([](tp_result_t* result) { tp_result_release(result); });
  Pool pool(worker_counts());
  Result kept = apply_async(pool, task);
  Result released = apply_async(pool, task);
  releasing.listen(kept);
  done.listen(kept);
  (void)kept.give_away();
  done.listen(released);
  released.release();
  gate.open();
  pool.finish();
  CHECK(done.calls == 2);
  CHECK(seen == TP_OK);
  CHECK(drops_before <= 1);
  CHECK(drops == 2);
}

TEST_CASE("A stream that nobody reads any more ends and tells its done callback") {
  Numbers source(5000);
  Odd odd;
  Arrivals done_at;
  Done done([&](tp_result_t*) { done_at.arrive(); });
  Pool pool(worker_counts());
  Result stream = imap(pool, odd, source);
  done.listen(stream);
  stream.release();
  done_at.wait(1);
  CHECK(source.pulled == 5000);
}

TEST_CASE("Waiters are woken before done callbacks run and join waits for these") {
  Gate woken;
  Done done([&](tp_result_t*) { woken.wait(); });
  Gate added;
  Step task([&] { added.wait(); });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  done.listen(result);
  added.open();
  CHECK(result.wait() == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  woken.open();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(done.calls == 1);
}

TEST_CASE("What a done callback throws or sets as an error is dropped and the next one runs") {
  int set = 1, joined = 1, idle = 1;
  tp_pool_t* handle = nullptr;
  Done throwing([&](tp_result_t*) {
    set = tp_task_set_error("late", nullptr, nullptr);
    joined = tp_pool_join(handle, TP_FOREVER);
    idle = tp_pool_wait_idle(handle, TP_FOREVER);
    throw std::runtime_error("late");
  });
  Done next;
  Gate gate;
  Step task([&] { gate.wait(); });
  Pool pool(worker_counts());
  handle = pool;
  Result result = apply_async(pool, task);
  throwing.listen(result);
  next.listen(result);
  gate.open();
  CHECK(result.get() == TP_OK);
  pool.finish();
  throwing.listen(result);
  CHECK(set == TP_EINVAL);
  CHECK(joined == TP_OK);  // at once: the caller is not inside the pool
  CHECK(throwing.calls == 2);
  CHECK(next.calls == 1);
  CHECK(tp_result_error(result) == nullptr);
}

TEST_CASE("Done callbacks that are added while the job ends run once each") {
  Done done;
  Odd odd;
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2));
  int added = 0;
  for (int round = 0; round < 2000; ++round) {
    Result result = apply_item(pool, odd, round);
    for (int i = 0; i < 3; ++i, ++added) done.listen(result);
  }
  pool.finish();
  CHECK(done.calls == added);
}
