// SPDX-License-Identifier: MIT
// What cancel ends, what it leaves alone, and who sees it.
#include "support/test.hpp"

using namespace support;

TEST_CASE("cancel ends a queued job at once, with its hooks and its callback on this thread") {
  const std::size_t workers = worker_counts();
  Live items;
  std::atomic<int> ran{0};
  std::thread::id called_on;
  Task<Tracked, int> task([&](const Tracked*, int*) { return ++ran, 0; });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.count_drops();
  Listening job([&](tp_result_t*) { called_on = std::this_thread::get_id(); });
  Pool pool(workers);
  Busy busy(pool, workers);
  Tracked item;
  Tracked::make(&item, items, 0);
  Result result = apply_item(pool, task, item, &job);

  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_ready(result) == 1);
  CHECK(tp_result_successful(result) == 0);
  CHECK(tp_result_get(result, 0, nullptr) == TP_ECANCELED);
  CHECK(tp_result_item_status(result, 0) == TP_ECANCELED);
  CHECK(tp_error_status(tp_result_error(result)) == TP_ECANCELED);
  CHECK(items.dropped == 1);
  CHECK(task.drops == 1);
  CHECK(job.failures == 1);
  CHECK(job.successes == 0);
  CHECK(called_on == std::this_thread::get_id());
  busy.end();
  pool.finish();
  CHECK(ran == 0);
}

TEST_CASE("cancel asks a running task to stop, and delivers what it returns") {
  const int code = GENERATE(0, 6);
  Arrivals started;
  Task<void, int> task([&](const void*, int* y) {
    started.arrive();
    await_stop();
    return *y = 17, code;
  });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(result.get() == (code == 0 ? TP_OK : TP_ETASK));
  if (code == 0) CHECK(*result.values<int>() == 17);
}

TEST_CASE("cancel of a half-run map keeps the status of each item") {
  Gate gate;
  Task<int, int> task([&](const int* x, int* y) {
    *y = *x;
    if (*x == 2) gate.wait();
    return 0;
  });
  Pool pool(1);
  const std::vector<int> items{0, 1, 2, 3, 4, 5};
  Chunked job(GENERATE(as<std::size_t>{}, 0, 1, 6));
  job.listen();
  Result result = map_async(pool, task, items.data(), 6, &job);
  gate.await(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_ready(result) == 0);
  CHECK(job.failures == 0);
  gate.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(job.failures == 1);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(tp_result_item_status(result, i) == (i <= 2 ? TP_OK : TP_ECANCELED));
  CHECK(tp_error_index(tp_result_error(result)) == 3);
}

TEST_CASE("cancel of an ended job changes nothing") {
  Odd task;
  Listening job;
  Pool pool(2);
  Result result = apply_item(pool, task, 4, &job);
  REQUIRE(result.wait() == TP_OK);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(*result.values<int>() == 9);
  CHECK(tp_result_successful(result) == 1);
  CHECK(job.successes == 1);
  CHECK(job.failures == 0);
}

TEST_CASE("The stop flag of one job is not seen by another") {
  Gate gate;
  std::atomic<int> seen{-1};
  Patient stopped;
  Step other([&] {
    gate.wait();
    seen = tp_task_stop_requested();
  });
  Pool pool(2);
  Result first = apply_async(pool, stopped);
  Result second = apply_async(pool, other);
  stopped.started.wait(1);
  gate.await(1);
  CHECK(tp_result_cancel(first) == TP_OK);
  CHECK(first.wait() == TP_OK);
  gate.open();
  CHECK(second.wait() == TP_OK);
  CHECK(seen == 0);
}

TEST_CASE("A task may cancel its own job") {
  Gate submitted;
  Result result;
  std::atomic<int> ran{0}, status{1}, flag{-1};
  Task<int, int> task([&](const int*, int*) {
    submitted.wait();
    ++ran;
    status = tp_result_cancel(result);
    flag = tp_task_stop_requested();
    return 0;
  });
  Pool pool(1);
  const std::vector<int> items(20);
  Chunked job(1);
  REQUIRE(tp_pool_map_async(pool, &task, items.data(), 20, &job, result.out()) == TP_OK);
  submitted.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(ran == 1);
  CHECK(status == TP_OK);
  CHECK(flag == 1);
}

TEST_CASE("A for job is cancelled like a map") {
  static std::atomic<int> drops;
  drops = 0;
  Gate gate;
  Body body([&](std::size_t, std::size_t) { return gate.wait(), 0; });
  Pool pool(1);
  Chunked job(10);
  job.ctx_drop = [](void*) { ++drops; };
  Result result = for_async(pool, Body::run, &body, 100, &job);
  gate.await(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  gate.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(gate.count() == 1);
  CHECK(drops == 1);
  CHECK(tp_result_item_status(result, 9) == TP_OK);
  CHECK(tp_result_item_status(result, 10) == TP_ECANCELED);
}
