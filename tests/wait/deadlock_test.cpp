// SPDX-License-Identifier: MIT
// A wait that could only end after itself is refused with TP_EDEADLK.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A task that waits for its own result is refused") {
  Gate submitted;
  Result result;
  std::atomic<int> waited{1}, got{1}, polled{1};
  Step task([&] {
    submitted.wait();
    waited = tp_result_wait(result, TP_FOREVER);
    got = tp_result_get(result, TP_FOREVER, nullptr);
    polled = tp_result_wait(result, 0);
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) == TP_OK);
  submitted.open();
  CHECK(result.get() == TP_OK);
  CHECK(waited == TP_EDEADLK);
  CHECK(got == TP_EDEADLK);
  CHECK((polled == TP_EDEADLK || polled == TP_ETIMEDOUT));
}

TEST_CASE("An item that waits for its own map is refused, and the map ends") {
  Gate submitted;
  Result result;
  std::atomic<int> refused{0};
  Task<int, int> task([&](const int* x, int* y) {
    submitted.wait();
    if (*x % 2 == 0 && tp_result_wait(result, TP_FOREVER) == TP_EDEADLK) ++refused;
    return *y = 0;
  });
  Pool pool(worker_counts());
  const std::vector<int> items{0, 1, 2, 3, 4, 5};
  REQUIRE(tp_pool_map_async(pool, &task, items.data(), 6, nullptr, result.out()) == TP_OK);
  submitted.open();
  CHECK(result.get() == TP_OK);
  CHECK(refused == 3);
}

TEST_CASE("A task that its helper runs on top of the awaiting one can't wait for that one") {
  Gate submitted;
  Result outer_result;
  std::atomic<int> inner_wait{1}, outer_wait{1};
  Step inner([&] { inner_wait = tp_result_wait(outer_result, TP_FOREVER); });
  Step outer([&] {
    submitted.wait();
    outer_wait = tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr);
  });
  Pool pool(1);
  REQUIRE(tp_pool_apply_async(pool, &outer, nullptr, nullptr, outer_result.out()) == TP_OK);
  submitted.open();
  CHECK(outer_result.get() == TP_OK);
  CHECK(inner_wait == TP_EDEADLK);
  CHECK(outer_wait == TP_OK);
}

TEST_CASE("A callback and a task that wait for each other do not hang") {
  // With one worker the callback runs the task on its own stack; there the values are final, which
  // is enough inside a callback. With more, whichever wait comes second closes the circle.
  Gate submitted;
  Result called, waiting;
  std::atomic<int> in_callback{1}, in_task{1};
  Step first([&] { submitted.wait(); });
  Step second([&] { in_task = tp_result_wait(called, TP_FOREVER); });
  Listening job([&](tp_result_t*) { in_callback = tp_result_wait(waiting, TP_FOREVER); });
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2, 4));
  REQUIRE(tp_pool_apply_async(pool, &first, nullptr, &job, called.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &second, nullptr, nullptr, waiting.out()) == TP_OK);
  submitted.open();
  CHECK(called.wait() == TP_OK);
  CHECK(waiting.wait() == TP_OK);
  CHECK((in_callback == TP_OK || in_callback == TP_EDEADLK));
  CHECK((in_task == TP_OK || in_task == TP_EDEADLK));
}

TEST_CASE("A callback that waits for a running task that waits for its result is refused") {
  std::atomic<pid_t> sleeper{0};
  Result called, waiting;
  std::atomic<int> in_callback{1}, in_task{1};
  HeldStep first;
  Step second([&] {
    first.gate.wait();
    sleeper = gettid();
    in_task = tp_result_wait(called, TP_FOREVER);
  });
  Listening job([&](tp_result_t*) {
    await_sleep(sleeper);
    in_callback = tp_result_wait(waiting, TP_FOREVER);
  });
  Pool pool(2);
  REQUIRE(tp_pool_apply_async(pool, &first, nullptr, &job, called.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &second, nullptr, nullptr, waiting.out()) == TP_OK);
  first.gate.await(2);  // one worker each, or the second task would run the first one itself
  first.gate.open();
  CHECK(called.wait() == TP_OK);
  CHECK(waiting.wait() == TP_OK);
  CHECK(in_callback == TP_EDEADLK);
  CHECK(in_task == TP_OK);
}

TEST_CASE("Two tasks that wait for each other do not hang") {
  Gate submitted;
  Result first_result, second_result;
  std::atomic<int> first_wait{1}, second_wait{1};
  Step first([&] {
    submitted.wait();
    first_wait = tp_result_wait(second_result, TP_FOREVER);
  });
  Step second([&] {
    submitted.wait();
    second_wait = tp_result_wait(first_result, TP_FOREVER);
  });
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2, 4));
  REQUIRE(tp_pool_apply_async(pool, &first, nullptr, nullptr, first_result.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &second, nullptr, nullptr, second_result.out()) == TP_OK);
  submitted.open();
  CHECK(first_result.wait() == TP_OK);
  CHECK(second_result.wait() == TP_OK);
  CHECK((first_wait == TP_EDEADLK || second_wait == TP_EDEADLK));
}

TEST_CASE("An item or the source that reads its own stream is refused when nothing is there") {
  Gate submitted;
  Result stream;
  std::atomic<int> in_source{1}, in_item{1};
  int pulled = 0;
  Source<int> source([&](int* item) {
    submitted.wait();
    if (pulled == 0) in_source = tp_result_next(stream, TP_FOREVER, nullptr);
    return *item = pulled++, pulled <= 3 ? 1 : 0;
  });
  Task<int, int> task([&](const int* x, int* y) {
    if (*x == 0) in_item = tp_result_next(stream, TP_FOREVER, nullptr);
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, stream.out()) == TP_OK);
  submitted.open();
  int value = -1;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == i);
  }
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
  CHECK(in_source == TP_EDEADLK);
  CHECK(in_item == TP_EDEADLK);
}

TEST_CASE("A wait for a job that is not one's own is not refused") {
  Gate gate;
  Result other_result;
  std::atomic<int> waited{1};
  Step other([&] { gate.wait(); });
  Arrivals started;
  Step task([&] {
    started.arrive();
    waited = tp_result_wait(other_result, TP_FOREVER);
  });
  Pool pool(2);
  REQUIRE(tp_pool_apply_async(pool, &other, nullptr, nullptr, other_result.out()) == TP_OK);
  Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_result_wait(result, kShort) == TP_ETIMEDOUT);
  gate.open();
  CHECK(result.wait() == TP_OK);
  CHECK(waited == TP_OK);
}
