// SPDX-License-Identifier: MIT
// tp_result_cancel_pending cancels what has not started, and nothing else.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A job of which nothing has started is cancelled, whatever its kind") {
  const std::vector<int> items = range(100);
  Task<int, int> task([](const int*, int*) { return give_up("no item may run"), 0; });
  Body body([](std::size_t, std::size_t) { return give_up("no chunk may run"), 0; });
  Numbers source(100);
  Listening job;
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    Result results[] = {apply_item(pool, task, items[0], &job),
                        map_async(pool, task, items.data(), 100, &job),
                        for_async(pool, Body::run, &body, 100, &job), imap(pool, task, source)};
    Result fed;
    REQUIRE(tp_pool_imap(pool, &task, nullptr, nullptr, nullptr, fed.out()) == TP_OK);
    REQUIRE(tp_result_push(fed, items.data(), kLong) == TP_OK);
    for (tp_result_t* const result :
         {static_cast<tp_result_t*>(results[0]), static_cast<tp_result_t*>(results[1]),
          static_cast<tp_result_t*>(results[2]), static_cast<tp_result_t*>(results[3]),
          static_cast<tp_result_t*>(fed)}) {
      CHECK(tp_result_cancel_pending(result) == 1);
      CHECK(tp_result_ready(result) == 1);
      CHECK(tp_result_cancel_pending(result) == 0);
    }
    for (int i = 0; i < 3; ++i) CHECK(results[i].get() == TP_ECANCELED);
    CHECK(tp_result_next(results[3], kLong, nullptr) == TP_ECANCELED);
    CHECK(tp_result_next(fed, kLong, nullptr) == TP_ECANCELED);
  }
  CHECK(job.failures == 3);
  CHECK(source.pulled == 0);
}

TEST_CASE("A job that has started is not touched, not even its stop flag") {
  HeldTask<int, int> held;
  Task<int, int> task([&](const int*, int* y) {
    held.gate.wait();
    return *y = 0, tp_task_stop_requested();
  });
  const std::vector<int> items = range(50);
  Body body([&](std::size_t, std::size_t) {
    held.gate.wait();
    return tp_task_stop_requested();
  });
  Numbers source(50);
  Pool pool(worker_counts());
  const int kind = GENERATE(0, 1, 2, 3);
  Result result;
  if (kind == 0) {
    REQUIRE(tp_pool_apply_async(pool, &task, items.data(), nullptr, result.out()) == TP_OK);
  } else if (kind == 1) {
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 50, nullptr, result.out()) == TP_OK);
  } else if (kind == 2) {
    REQUIRE(tp_pool_for_async(pool, Body::run, &body, 50, nullptr, result.out()) == TP_OK);
  } else {
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, result.out()) == TP_OK);
  }
  held.gate.await(1);
  CHECK(tp_result_cancel_pending(result) == 0);
  held.gate.open();
  CHECK(result.wait() == TP_OK);
  CHECK(tp_result_successful(result) == 1);
  CHECK(tp_result_cancel_pending(result) == 0);
}

TEST_CASE("A job that may start later or that was paused is cancelled") {
  Task<void, void> task([](const void*, void*) { return give_up("it may not run"), 0; });
  Job later;
  later.start_after = 1000;
  Pool pool(worker_counts());
  CHECK(tp_result_cancel_pending(apply_async(pool, task, &later)) == 1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  Result map = map_async(pool, task, nullptr, 20);
  CHECK(tp_result_cancel_pending(map) == 1);
  CHECK(map.get() == TP_ECANCELED);
}

TEST_CASE("Either a job runs as a whole or cancel_pending says that it never will") {
  constexpr int kItems = 64;
  const int kind = GENERATE(0, 1, 2);
  const std::vector<int> items = range(kItems);
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> ran{0};
    Task<int, int> task([&](const int*, int* y) { return ++ran, *y = 0; });
    Numbers source(kItems);
    static Pool pool(4);
    Result result;
    if (kind == 0)
      REQUIRE(tp_pool_apply_async(pool, &task, items.data(), nullptr, result.out()) == TP_OK);
    else if (kind == 1)
      REQUIRE(tp_pool_map_async(pool, &task, items.data(), kItems, nullptr, result.out()) == TP_OK);
    else
      REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, result.out()) == TP_OK);
    for (int i = 0; i < round % 50; ++i) std::this_thread::yield();
    const int cancelled = tp_result_cancel_pending(result);
    CHECK(result.wait() == TP_OK);
    CHECK(ran == (cancelled ? 0 : kind == 0 ? 1 : kItems));
    CHECK(tp_result_successful(result) == 1 - cancelled);
  }
}

TEST_CASE("cancel_pending of nothing is refused with a sentence") {
  CHECK(tp_result_cancel_pending(nullptr) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())) == "result is NULL; this call needs one");
}
