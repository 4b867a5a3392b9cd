// SPDX-License-Identifier: MIT
// Readers of streams: they wait no longer than they have to, and are refused only in a cycle.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A next that helps ends with its timeout, however much there is to run") {
  Gate gate;
  Numbers source;
  Task<int, void> task([&](const int* x, void*) {
    if (*x == 0) gate.wait();
    return 0;
  });
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Chunked job(0, TP_UNBOUNDED);
  Result stream = imap(pool, task, source, &job);
  gate.await(1);
  CHECK(tp_result_next(stream, kShort, nullptr) == TP_ETIMEDOUT);
  REQUIRE(tp_result_cancel(stream) == TP_OK);
  gate.open();
}

TEST_CASE("A reader of a cut stream wakes for the last item, although the source is blocked") {
  static Gate* drop_gate;
  static std::atomic<int> drops;
  Gate second_drop, item_gate, source_gate;
  Arrivals read;
  drop_gate = &second_drop;
  drops = 0;
  std::atomic<pid_t> sleeper{0};
  Numbers numbers(4);
  Source<int> source([&](int* item) {
    if (numbers.body(item) == 1) return 1;
    return source_gate.wait(), 0;
  });
  Task<int, void> task([&](const int*, void*) { return item_gate.wait(), 0; });
  task.item_drop = [](void*) {
    if (drops++ == 1) drop_gate->wait();
  };
  Pool pool(2);
  Chunked job(4);
  Result stream = imap(pool, task, source, &job);
  source_gate.await(1);
  item_gate.await(1);
  int first = 1, second = 1;
  std::thread reader([&] {
    first = tp_result_next(stream, kLong, nullptr);
    read.arrive();
    sleeper = gettid();
    second = tp_result_next(stream, kLong, nullptr);
  });
  CHECK(tp_result_cancel(stream) == TP_OK);
  item_gate.open();
  read.wait(1);
  await_sleep(sleeper);
  second_drop.open();
  reader.join();
  CHECK(first == TP_OK);
  CHECK(second == TP_ECANCELED);
  source_gate.open();
}

TEST_CASE("A reader inside a task is not refused because a later item waits for that task") {
  Arrivals started;
  Gate first_item, submitted;
  std::atomic<pid_t> reader{0}, waiter{0};
  std::atomic<int> next_status{1}, wait_status{1};
  Result stream, reading;
  Numbers source(2);
  Task<int, void> task([&](const int* x, void*) {
    started.arrive();
    if (*x == 0) {
      first_item.wait();
    } else {
      submitted.wait();
      await_sleep(reader);
      waiter = gettid();
      wait_status = tp_result_wait(reading, TP_FOREVER);
    }
    return 0;
  });
  Step read([&] {
    reader = gettid();
    next_status = tp_result_next(stream, TP_FOREVER, nullptr);
  });
  Pool pool(4);
  Chunked job(1);
  REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, &job, stream.out()) == TP_OK);
  started.wait(2);
  REQUIRE(tp_pool_apply_async(pool, &read, nullptr, nullptr, reading.out()) == TP_OK);
  submitted.open();
  await_sleep(waiter);
  first_item.open();
  CHECK(reading.wait() == TP_OK);
  CHECK(stream.wait() == TP_OK);
  CHECK(next_status == TP_OK);
  CHECK(wait_status == TP_OK);
}

TEST_CASE("With chunksize 1 an item never lies unstarted behind one that runs outside") {
  constexpr int kItems = 2000;
  Gate helping;
  std::vector<std::atomic<bool>> done(kItems + 1);
  Numbers source(kItems);
  Step first([&] { helping.wait(); });
  Task<int, void> task([&](const int* x, void*) {
    const auto i = static_cast<std::size_t>(*x);
    if (tp_worker_index() < 0) {
      helping.open();
      if (*x % 50 == 0 && *x + 1 < kItems)
        await("the next item", [&] { return done[i + 1].load(); });
    }
    done[i] = true;
    return 0;
  });
  Pool pool(pool_options(2, TP_POOL_CALLER_HELPS));
  Chunked job(1, 1024);
  forget(pool, first);
  forget(pool, first);
  Result stream = imap(pool, task, source, &job);
  for (int i = 0; i < kItems; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("Before it waits, a reader has given back all the room it made") {
  // Item 10 runs until item 70 has: that one needs the room of the ten values before.
  Arrivals started;
  Gate seventieth;
  Numbers source(200);
  Task<int, void> task([&](const int* x, void*) {
    started.arrive();
    if (*x == 10) seventieth.wait();
    if (*x == 70) seventieth.open();
    return 0;
  });
  Pool pool(2);
  Chunked job(1, 64);
  Result stream = imap(pool, task, source, &job);
  started.wait(64);
  for (int i = 0; i < 11; ++i) REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
}

TEST_CASE("A value_move that throws costs its value alone, and the stream goes on") {
  Numbers source(20);
  Odd task;
  task.value_move = [](void*, void*) { throw std::runtime_error("no move"); };
  Pool pool(worker_counts());
  Chunked job(0, 4);
  Result stream = imap(pool, task, source, &job);
  int value = -1;
  for (int i = 0; i < 20; ++i) CHECK(tp_result_next(stream, kLong, &value) == TP_ENOTSUP);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
}
