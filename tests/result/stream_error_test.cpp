// SPDX-License-Identifier: MIT
// Failed items, failed sources and cut streams: never a silent end, never a lost value.
#include "support/test.hpp"

using namespace support;

constexpr int kEnd = 1000;  // stands for TP_END below, where statuses and values share a list

// What next says until the end: values, or 100 + the failed item's index, or a status.
static std::vector<int> read_all(tp_result_t* stream) {
  std::vector<int> seen;
  while (seen.size() < 1000) {
    int value = 0;
    const int status = tp_result_next(stream, kLong, &value);
    if (status == TP_OK) seen.push_back(value);
    if (status == TP_ETASK) seen.push_back(100 + int(tp_error_index(tp_last_error())));
    if (status == TP_END) seen.push_back(kEnd);
    if (status < 0 && status != TP_ETASK) seen.push_back(status);
    if (status == TP_END || status == TP_ETIMEDOUT) break;
  }
  return seen;
}

static Task<int, int>::Body fail_at(int bad) {
  return [bad](const int* x, int* y) { return *y = *x, *x == bad ? 7 : 0; };
}

// 0 … k-1, then a failure.
static Source<int> failing_source(int k) {
  return Source<int>([k, i = 0](int* item) mutable { return *item = i, i++ < k ? 1 : -4; });
}

TEST_CASE("A failed item is one error, and the stream goes on, whatever the chunk size") {
  const std::size_t workers = worker_counts();
  for (const std::size_t chunksize : {0u, 1u, 2u, 3u, 100u}) {
    CAPTURE(workers, chunksize);
    Numbers source(6);
    Task<int, int> task(fail_at(2));
    Pool pool(workers);
    Chunked job(chunksize);
    Result ordered = imap(pool, task, source, &job);
    CHECK(read_all(ordered) == std::vector<int>{0, 1, 102, 3, 4, 5, kEnd});
    REQUIRE(ordered.wait() == TP_OK);
    CHECK(tp_result_successful(ordered) == 0);

    Numbers again(6);
    Result unordered = imap(pool, task, again, &job, tp_pool_imap_unordered);
    std::vector<int> seen = read_all(unordered);
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<int>{0, 1, 3, 4, 5, 102, kEnd});
  }
}

TEST_CASE("next leaves the details of a failed item in tp_last_error") {
  std::atomic<int> drops{0};
  Numbers source(2);
  Task<int, int> task([&](const int*, int*) {
    tp_task_set_error("broken", &drops, count_drop);
    return 9;
  });
  Pool pool(2);
  Result stream = imap(pool, task, source);
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
    const tp_error_t* error = tp_last_error();
    CHECK(tp_error_status(error) == TP_ETASK);
    CHECK(tp_error_code(error) == 9);
    CHECK(tp_error_index(error) == i);
    CHECK(tp_error_message(error) == std::string("broken"));
    CHECK(tp_error_payload(error) == &drops);
  }
  REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(tp_error_index(tp_result_error(stream)) == 0);
  stream.release();
  pool.finish();
  tp_clear_error();
  CHECK(drops == 2);
}

TEST_CASE("A failed source is one error after the results before it") {
  const std::size_t workers = worker_counts();
  for (const std::size_t chunksize : {0u, 1u}) {
    CAPTURE(workers, chunksize);
    Source<int> source = failing_source(3);
    Task<int, int> task(fail_at(-1));
    Pool pool(workers);
    Chunked job(chunksize);
    job.source_drop = Source<int>::drop;
    Result stream = imap(pool, task, source, &job);
    CHECK(read_all(stream) == std::vector<int>{0, 1, 2, 103, kEnd});
    CHECK(tp_error_code(tp_last_error()) == -4);
    REQUIRE(stream.wait() == TP_OK);
    CHECK(tp_result_successful(stream) == 0);
    CHECK(tp_error_index(tp_result_error(stream)) == 3);
    CHECK(source.drops == 1);
  }
}

TEST_CASE("A source that fails in a chunk of an explicit size drops the chunk's items unrun") {
  Live items;
  std::atomic<int> ran{0};
  int pulled = 0;
  Source<Tracked> source([&](Tracked* item) {
    if (pulled == 3) return -4;
    return Tracked::make(item, items, pulled++), 1;
  });
  Task<Tracked, int> task([&](const Tracked* x, int* y) { return ++ran, *y = x->number, 0; });
  task.item_drop = Tracked::drop;
  Pool pool(worker_counts());
  Chunked job(2);
  Result stream = imap(pool, task, source, &job);
  const std::vector<int> seen = read_all(stream);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == 0);
  CHECK(seen[1] == 1);
  CHECK(seen[2] >= 100);
  CHECK(seen[3] == kEnd);
  CHECK(ran == 2);
  REQUIRE(stream.wait() == TP_OK);
  CHECK(items.dropped == 3);
}

TEST_CASE("What runs before a source fails does not depend on who reads when") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 4);
  constexpr int kFails = 50;
  enum class Reader { eager, lazy, waits };
  for (const Reader reader : {Reader::eager, Reader::lazy, Reader::waits})
    for (const std::size_t chunksize : {0u, 1u, 2u, 3u, 7u, 60u})
      for (const std::size_t window : {0u, 1u, 2u, 5u, 8u, 64u}) {
        CAPTURE(workers, int(reader), chunksize, window);
        Source<int> source = failing_source(kFails);
        Task<int, int> task(fail_at(-1));
        Pool pool(workers);
        Chunked job(chunksize, window);
        Result stream = imap(pool, task, source, &job);
        if (reader == Reader::lazy) await_others_asleep();
        if (reader == Reader::waits) REQUIRE(stream.wait() == TP_OK);
        const std::size_t chunk =
            std::max<std::size_t>(1, window ? std::min(chunksize, window) : chunksize);
        CHECK(read_all(stream).size() == kFails / chunk * chunk + 2);  // its error, the end
      }
}

TEST_CASE("A failed source of an unordered stream loses no value") {
  Source<int> source = failing_source(50);
  Task<int, int> task(fail_at(-1));
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source, nullptr, tp_pool_imap_unordered);
  std::vector<int> seen = read_all(stream);
  CHECK(seen.back() == kEnd);
  std::sort(seen.begin(), seen.end());
  REQUIRE(seen.size() == 52);
  CHECK(seen[49] == 49);
  CHECK(seen[50] == 150);
}

TEST_CASE("A source that throws fails with its what()") {
  Source<int> source([](int*) -> int { throw std::runtime_error("disk gone"); });
  Odd task;
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 0);
  CHECK(tp_error_message(tp_last_error()) == std::string("disk gone"));
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("A source may say why it fails") {
  std::atomic<int> drops{0};
  Source<int> source([&](int*) {
    tp_task_set_error("no such folder", &drops, count_drop);
    return -2;
  });
  Odd task;
  Pool pool(2);
  Result stream = imap(pool, task, source);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == -2);
  CHECK(tp_error_message(tp_last_error()) == std::string("no such folder"));
  stream.release();
  pool.finish();
  tp_clear_error();
  CHECK(drops == 1);
}

TEST_CASE("A cut stream yields what has run, then the status once, then the end") {
  Numbers source;
  Arrivals started;
  Task<int, int> task([&](const int* x, int* y) { return started.arrive(), *y = *x, 0; });
  Pool pool(1);
  Chunked job(0, 4);
  job.source_drop = Numbers::drop;
  const auto submit = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  Result stream = imap(pool, task, source, &job, submit);
  started.wait(4);
  int status = TP_OK;
  SECTION("cancelled") {
    status = TP_ECANCELED;
    CHECK(tp_result_cancel(stream) == TP_OK);
  }
  SECTION("terminated") {
    status = TP_ETERMINATED;
    CHECK(tp_pool_terminate(pool) == TP_OK);
  }
  REQUIRE(stream.wait() == TP_OK);
  CHECK(tp_result_successful(stream) == 0);
  CHECK(tp_error_status(tp_result_error(stream)) == status);
  CHECK(source.drops == 1);
  CHECK(source.pulled == 4);
  CHECK(read_all(stream) == std::vector<int>{0, 1, 2, 3, status, kEnd});
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("A stream that is cut while all was read says so, too") {
  Gate gate;
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 2) gate.wait();
    return *item = i++, 1;
  });
  Task<int, int> task(fail_at(-1));
  Pool pool(worker_counts());
  Chunked job(1);
  Result stream = imap(pool, task, source, &job);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  gate.await(1);
  CHECK(tp_result_cancel(stream) == TP_OK);
  gate.open();
  CHECK(read_all(stream) == std::vector<int>{TP_ECANCELED, kEnd});
}

TEST_CASE("A stream whose pool broke says so after what has run") {
  Gate broken;
  std::atomic<int> initialized{0};
  Numbers source;
  Arrivals started;
  Task<int, int> task([&](const int* x, int* y) { return started.arrive(), *y = *x, 0; });
  const PoolHooks options(pool_options(2), [&] {
    if (initialized++ == 0) return 0;
    broken.wait();
    return 5;
  });
  Pool pool(options);
  Chunked job(0, 3);
  Result stream = imap(pool, task, source, &job);
  started.wait(3);
  broken.open();
  await("the end of the stream", [&] { return tp_result_ready(stream) == 1; });  // a wait lifts
  CHECK(read_all(stream) == std::vector<int>{0, 1, 2, TP_EINIT, kEnd});
  CHECK(tp_error_status(tp_last_error()) == TP_EINIT);
}

TEST_CASE("terminate wakes the consumers that wait, and a blocked source does not hold it up") {
  Gate gate;
  Source<int> source([&](int*) { return gate.wait(), 0; });
  Odd task;
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  gate.await(1);
  std::vector<int> seen;
  std::thread consumer([&] { seen = read_all(stream); });
  CHECK(tp_pool_terminate(pool) == TP_OK);
  gate.open();
  consumer.join();
  CHECK(seen == std::vector<int>{TP_ETERMINATED, kEnd});
}

TEST_CASE("A stream that has told its end tells it again while its source brings a late item") {
  static Gate* drop_gate;
  static Arrivals* dropping;
  Gate source_gate, item_gate;
  Arrivals dropped;
  drop_gate = &item_gate;
  dropping = &dropped;
  Source<int> source([&](int*) { return source_gate.wait(), 1; });
  Task<int, void> task([](const int*, void*) { return 0; });
  task.item_drop = [](void*) {
    dropping->arrive();
    drop_gate->wait();
  };
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  source_gate.await(1);
  CHECK(tp_result_cancel(stream) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ECANCELED);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  source_gate.open();
  dropped.wait(1);
  CHECK(tp_result_next(stream, 0, nullptr) == TP_END);
  item_gate.open();
}
