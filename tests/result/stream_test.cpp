// SPDX-License-Identifier: MIT
// What a stream yields, in which order, and to whom.
#include "support/test.hpp"

using namespace support;

constexpr auto kSubmits = {tp_pool_imap, tp_pool_imap_unordered};

// Reads a stream of each chunk size; sorts what it yields if order is not promised.
static void check_values(std::size_t workers, decltype(&tp_pool_imap) submit, bool in_order) {
  for (const std::size_t chunksize : {0u, 1u, 2u, 7u, 5000u}) {
    CAPTURE(workers, chunksize);
    Numbers source(1000);
    Odd task;
    Pool pool(workers);
    Chunked job(chunksize);
    Result stream = imap(pool, task, source, &job, submit);
    std::vector<int> values = values_of(stream);
    if (!in_order) std::sort(values.begin(), values.end());
    CHECK(values == odds(1000));
  }
}

TEST_CASE("imap yields the values in the order of the source") {
  check_values(worker_counts(), tp_pool_imap, true);
}

TEST_CASE("imap_unordered yields each value once, in order with one worker") {
  const std::size_t workers = worker_counts();
  check_values(workers, tp_pool_imap_unordered, workers == 1);
}

TEST_CASE("imap_unordered yields what is done first, imap waits for its turn") {
  Gate gate;
  Numbers source(3);
  Task<int, int> task([&](const int* x, int* y) {
    if (*x == 0) gate.wait();
    return *y = *x, 0;
  });
  Pool pool(2);
  Chunked job(1);
  int value = -1;
  Result stream;
  SECTION("unordered") {
    REQUIRE(tp_pool_imap_unordered(pool, &task, source.pull, &source, &job, stream.out()) == TP_OK);
    CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == 1);
    CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == 2);
    gate.open();
    CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == 0);
  }
  SECTION("ordered") {
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, &job, stream.out()) == TP_OK);
    CHECK(tp_result_next(stream, kShort, &value) == TP_ETIMEDOUT);
    CHECK(tp_result_next(stream, 0, &value) == TP_ETIMEDOUT);
    CHECK(tp_result_next(stream, -1, &value) == TP_ETIMEDOUT);
    CHECK(value == -1);
    gate.open();
    for (int i = 0; i < 3; ++i) {
      CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
      CHECK(value == i);
    }
  }
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
}

TEST_CASE("After the last value next says the end, again and again, and leaves value alone") {
  for (const auto submit : kSubmits) {
    Numbers source(0);
    Odd task;
    Pool pool(worker_counts());
    Result stream = imap(pool, task, source, nullptr, submit);
    int value = 123;
    for (int i = 0; i < 5; ++i) CHECK(tp_result_next(stream, kLong, &value) == TP_END);
    CHECK(value == 123);
  }
}

TEST_CASE("A stream that has said its end is ready") {
  const std::size_t workers = worker_counts();
  for (int round = 0; round < 50; ++round) {
    Numbers source(20);
    Odd task;
    Pool pool(workers);
    Result stream = imap(pool, task, source);
    while (tp_result_next(stream, kLong, nullptr) != TP_END) {
    }
    REQUIRE(tp_result_ready(stream) == 1);
    REQUIRE(tp_result_successful(stream) == 1);
  }
}

TEST_CASE("Several consumers share a stream: each value goes to one, and all see the end") {
  const std::size_t workers = worker_counts();
  for (const auto submit : kSubmits) {
    Numbers source(2000);
    Odd task;
    Pool pool(workers);
    Result stream = imap(pool, task, source, nullptr, submit);
    std::vector<std::vector<int>> read(4);
    std::atomic<int> ends{0};
    in_threads(4, [&](std::size_t i) {
      int value = 0, status = TP_OK;
      while ((status = tp_result_next(stream, kLong, &value)) == TP_OK)
        read[i].push_back(value);
      if (status == TP_END) ++ends;
    });
    CHECK(ends == 4);
    std::vector<int> all;
    for (const auto& values : read) {
      if (submit == tp_pool_imap) CHECK(std::is_sorted(values.begin(), values.end()));
      all.insert(all.end(), values.begin(), values.end());
    }
    std::sort(all.begin(), all.end());
    CHECK(all == odds(2000));
  }
}

TEST_CASE("The end wakes every consumer that waits") {
  Gate gate;
  Source<int> source([&](int*) { return gate.wait(), 0; });
  Odd task;
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  std::atomic<int> ends{0};
  ThreadGroup consumers(3, [&] {
    if (tp_result_next(stream, kLong, nullptr) == TP_END) ++ends;
  });
  gate.open();
  consumers.join();
  CHECK(ends == 3);
}

TEST_CASE("A stream is ready when its source has ended and every item is done, read or not") {
  Gate last;
  Numbers source(5);
  Task<int, int> task([&](const int* x, int* y) {
    if (*x == 4) last.wait();
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  int value = 0;
  for (int i = 0; i < 4; ++i) REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
  CHECK(tp_result_ready(stream) == 0);
  CHECK(tp_result_successful(stream) == TP_ENOTREADY);
  CHECK(tp_result_wait(stream, 0) == TP_ETIMEDOUT);
  last.open();
  CHECK(stream.wait() == TP_OK);
  CHECK(tp_result_successful(stream) == 1);
  CHECK(tp_result_next(stream, 0, &value) == TP_OK);
  CHECK(value == 4);
}

TEST_CASE("Progress of a stream is never behind what next has handed over") {
  const auto submit = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  const std::size_t workers = worker_counts();
  for (const std::size_t chunksize : {0u, 3u, 10u, 100u}) {
    constexpr int kItems = 200;
    Numbers numbers(kItems);
    Odd task;
    Pool pool(workers);
    Chunked job(chunksize, 100);
    Result stream = imap(pool, task, numbers, &job, submit);
    int behind = 0;
    for (int i = 1; i <= kItems; ++i) {
      std::size_t done = 0, total = 0;
      REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
      REQUIRE(tp_result_progress(stream, &done, &total) == TP_OK);
      behind += done < static_cast<std::size_t>(i) || total < done;
    }
    CHECK(behind == 0);
  }
}

TEST_CASE("Progress of a stream tells of values that were read while their chunk still runs") {
  Gate last;
  Task<int, int> task([&](const int* x, int* y) {
    if (*x == 9) last.wait();
    return *y = *x, 0;
  });
  Numbers numbers(10);
  Pool pool(1);
  Chunked job(10);
  Result stream = imap(pool, task, numbers, &job);
  for (std::size_t i = 1; i < 10; ++i) {
    std::size_t done = 0;
    REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
    REQUIRE(tp_result_progress(stream, &done, nullptr) == TP_OK);
    CHECK(done == i);
  }
  last.open();
}

TEST_CASE("The total of a stream grows until its source ends") {
  Gate second;
  Numbers counter(6);
  Source<int> source([&](int* item) {
    if (counter.pulled == 3) second.wait();
    return counter.body(item);
  });
  Odd task;
  Pool pool(2);
  Chunked job(1);
  Result stream = imap(pool, task, source, &job);
  std::size_t done = 0, total = 0;
  await("three items", [&] {
    tp_result_progress(stream, &done, &total);
    return done == 3;
  });
  CHECK(total == 3);
  second.open();
  REQUIRE(stream.wait() == TP_OK);
  CHECK(tp_result_progress(stream, &done, &total) == TP_OK);
  CHECK(done == 6);
  CHECK(total == 6);
}

TEST_CASE("next moves the value out: it is the caller's, and NULL drops it") {
  Live values;
  Numbers source(10);
  Task<int, Tracked> task(
      [&](const int* x, Tracked* value) { return Tracked::make(value, values, *x), 0; });
  task.value_move = Tracked::move;
  task.value_drop = Tracked::drop;
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  for (int i = 0; i < 5; ++i) {
    Tracked value;
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value.alive());
    CHECK(value.number == 2 * i);
    Tracked::drop(&value);
    REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
  }
  CHECK(values.moved == 5);
  CHECK(values.dropped == 10);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("A finished stream stays readable after terminate and after destroy") {
  Numbers source(10);
  Odd task;
  Result stream;
  {
    Pool pool(worker_counts());
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, stream.out()) == TP_OK);
    REQUIRE(stream.wait() == TP_OK);
    CHECK(tp_pool_terminate(pool) == TP_OK);
  }
  CHECK(values_of(stream) == odds(10));
}

TEST_CASE("A stream of items without values counts them") {
  Numbers source(7);
  std::atomic<int> ran{0};
  Task<int, void> task([&](const int*, void* value) { return ++ran, value == nullptr ? 0 : 1; });
  Pool pool(2);
  Result stream = imap(pool, task, source);
  for (int i = 0; i < 7; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(ran == 7);
}
