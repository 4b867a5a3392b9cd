// SPDX-License-Identifier: MIT
// How far a stream pulls ahead of its reader, and what lifts that bound.
#include "support/test.hpp"

using namespace support;

namespace {

const auto kSubmits = {tp_pool_imap, tp_pool_imap_unordered};

// Counts what was pulled beyond what next was called for. The reader counts before it calls, so
// that the number errs towards fewer.
struct Watched : Source<int> {
  explicit Watched(int n = INT_MAX)
      : Source([this, n](int* item) {
          if (pulled == n) return 0;
          *item = pulled++;
          const int ahead = pulled - yielded;
          if (ahead > most) most = ahead;
          return 1;
        }) {}

  int read(tp_result_t* stream) {
    ++yielded;
    return tp_result_next(stream, kLong, nullptr);
  }

  std::atomic<int> pulled{0}, yielded{0}, most{0};
};

}  // namespace

TEST_CASE("Not more than buffersize items are pulled and not yet yielded") {
  const std::size_t workers = worker_counts();
  for (const auto submit : kSubmits) {
    for (const std::size_t buffersize : {1u, 2u, 7u, 64u}) {
      for (const std::size_t chunksize : {0u, 1u, 10u}) {
        CAPTURE(workers, buffersize, chunksize);
        Watched source;
        Odd task;
        Pool pool(workers);
        Chunked job(chunksize, buffersize);
        Result stream = imap(pool, task, source, &job, submit);
        for (int i = 0; i < 300; ++i) REQUIRE(source.read(stream) == TP_OK);
        CHECK(source.most <= static_cast<int>(buffersize));
        CHECK(tp_result_cancel(stream) == TP_OK);
      }
    }
  }
}

TEST_CASE("The window is filled without a reader, and no further") {
  const std::size_t workers = worker_counts();
  const std::size_t chunksize = GENERATE(as<std::size_t>{}, 0, 1, 3);
  const std::size_t buffersize = GENERATE(as<std::size_t>{}, 0, 5);
  if (!chunksize && !buffersize) return;  // grows while items are quick
  const std::size_t room = buffersize != 0 ? buffersize : 16 * workers * chunksize;
  const std::size_t window = room - room % std::max<std::size_t>(chunksize, 1);  // whole chunks
  Watched source;
  Arrivals ran;
  Task<int, int> task([&](const int*, int* y) { return ran.arrive(), *y = 0; });
  Pool pool(workers);
  Chunked job(chunksize, buffersize);
  Result stream = imap(pool, task, source, &job);
  ran.wait(static_cast<int>(window));
  await_others_asleep();
  CHECK(source.pulled == static_cast<int>(window));
  CHECK(ran.count() == static_cast<int>(window));
  // It is filled again as it is read, at the latest when all of it was.
  for (std::size_t i = 0; i < window; ++i) REQUIRE(source.read(stream) == TP_OK);
  ran.wait(static_cast<int>(window) + 1);
  CHECK(source.most <= static_cast<int>(room));
  CHECK(tp_result_cancel(stream) == TP_OK);
}

TEST_CASE("The automatic window begins with 16 items for each worker") {
  const std::size_t workers = worker_counts();
  const int window = 16 * static_cast<int>(workers);
  Watched source;
  HeldTask<int, int> task;
  Pool pool(workers);
  Result stream = imap(pool, task, source);
  task.gate.await(static_cast<int>(workers));
  await_others_asleep();
  CHECK(source.pulled <= window);
  task.gate.open();
  CHECK(tp_result_cancel(stream) == TP_OK);
}

TEST_CASE("The automatic window grows with quick items to 1024 of them, and no further") {
  Watched source;
  Task<int, int> task([](const int*, int* y) { return *y = 0; });
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  for (int i = 0; i < 20'000; ++i) REQUIRE(source.read(stream) == TP_OK);
  CHECK(source.most <= 1024);
  CHECK(tp_result_cancel(stream) == TP_OK);
}

TEST_CASE("Nothing is pulled while no worker is free") {
  const std::size_t workers = worker_counts();
  Watched source(3);
  Odd task;
  Pool pool(workers);
  Busy busy(pool, workers);
  Result stream = imap(pool, task, source);
  CHECK(tp_result_next(stream, kShort, nullptr) == TP_ETIMEDOUT);
  CHECK(source.pulled == 0);
  busy.open();
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
}

TEST_CASE("A source that blocks does not hold back the items pulled before") {
  Gate gate;
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 2) gate.wait();
    return *item = i, i++ < 2 ? 1 : 0;
  });
  Odd task;
  // One worker that is inside the source can't run items; of more, the others do.
  Pool pool(GENERATE(as<std::size_t>{}, 2, 4, 8, 64));
  Result stream = imap(pool, task, source);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kShort, nullptr) == TP_ETIMEDOUT);
  gate.open();
  REQUIRE(stream.wait() == TP_OK);
}

TEST_CASE("TP_UNBOUNDED pulls to the end without a reader") {
  for (const auto submit : kSubmits) {
    Watched source(3000);
    Odd task;
    Pool pool(worker_counts());
    Chunked job(0, TP_UNBOUNDED);
    Result stream = imap(pool, task, source, &job, submit);
    CHECK(stream.wait() == TP_OK);
    CHECK(source.pulled == 3000);
    for (int i = 0; i < 3000; ++i) REQUIRE(tp_result_next(stream, 0, nullptr) == TP_OK);
    CHECK(tp_result_next(stream, 0, nullptr) == TP_END);
  }
}

TEST_CASE("join lifts the window of an unread stream, whose values stay readable") {
  for (const auto submit : kSubmits) {
    Watched source(3000);
    Odd task;
    Pool pool(worker_counts());
    Chunked job(0, 4);
    Result stream = imap(pool, task, source, &job, submit);
    pool.finish();
    CHECK(tp_result_ready(stream) == 1);
    CHECK(source.pulled == 3000);
    for (int i = 0; i < 3000; ++i) REQUIRE(tp_result_next(stream, 0, nullptr) == TP_OK);
    CHECK(tp_result_next(stream, 0, nullptr) == TP_END);
  }
}

TEST_CASE("The release of a stream lifts its window: it runs on, and its values are dropped") {
  const std::size_t workers = worker_counts();
  for (const auto submit : kSubmits) {
    Live values;
    Watched source(2000);
    Task<int, Tracked> task(
        [&](const int* x, Tracked* value) { return Tracked::make(value, values, *x), 0; });
    task.value_drop = Tracked::drop;
    Pool pool(workers);
    Chunked job(0, 4);
    Result stream = imap(pool, task, source, &job, submit);
    CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
    stream.release();
    CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(source.pulled == 2000);
    pool.finish();
    CHECK(values.dropped == 2000);
  }
}

TEST_CASE("A stream that nobody wanted runs to the end of its source") {
  Watched source(2000);
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int* y) { return ++ran, *y = 0; });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, nullptr) == TP_OK);
  pool.finish();
  CHECK(ran == 2000);
}

TEST_CASE("close leaves streams alive") {
  Watched source(500);
  Odd task;
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source);
  CHECK(tp_pool_close(pool) == TP_OK);
  for (int i = 0; i < 500; ++i) REQUIRE(source.read(stream) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("A stream counts as work until its source has ended") {
  Watched source(500);
  Odd task;
  Pool pool(worker_counts());
  Chunked job(0, 2);
  Result stream = imap(pool, task, source, &job);
  await_others_asleep();
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  while (tp_result_next(stream, kLong, nullptr) == TP_OK) {
  }
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("A slow source holds up its own stream alone") {
  Gate gate;
  Source<int> slow([&](int*) { return gate.wait(), 0; });
  Watched quick(100);
  Odd task;
  Pool pool(GENERATE(as<std::size_t>{}, 2, 4, 8, 64));
  Result stream = imap(pool, task, slow);
  gate.await(1);
  int item = 0, value = 0;
  for (int i = 0; i < 20; ++i) CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  Result other = imap(pool, task, quick);
  for (int i = 0; i < 100; ++i) REQUIRE(tp_result_next(other, kLong, nullptr) == TP_OK);
  CHECK(gate.count() == 1);
  gate.open();
}

TEST_CASE("The source is called by one thread at a time, never by the submitter") {
  const std::size_t workers = worker_counts();
  for (const auto submit : kSubmits) {
    std::atomic<int> inside{0}, overlaps{0}, outside{0};
    int pulled = 0;  // each call comes after the one before: no lock
    Source<int> source([&](int* item) {
      if (++inside != 1) ++overlaps;
      if (tp_worker_index() < 0) ++outside;
      *item = pulled;
      const int more = pulled++ < 3000 ? 1 : 0;
      --inside;
      return more;
    });
    Odd task;
    Pool pool(workers);
    Result stream = imap(pool, task, source, nullptr, submit);
    int read = 0;
    while (tp_result_next(stream, kLong, nullptr) == TP_OK) ++read;
    CHECK(read == 3000);
    CHECK(pulled == 3001);
    CHECK(overlaps == 0);
    CHECK(outside == 0);
  }
}

TEST_CASE("An endless stream is no work for join until cancel ends it") {
  Watched source;
  Odd task;
  Pool pool(worker_counts());
  Job job;
  job.source_drop = Watched::drop;
  Result stream = imap(pool, task, source, &job);
  for (int i = 0; i < 1000; ++i) REQUIRE(source.read(stream) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  CHECK(tp_result_cancel(stream) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(source.drops == 1);
}

TEST_CASE("A released endless stream runs until terminate") {
  Watched source;
  Odd task;
  Arrivals ran;
  task.body = [&](const int*, int* y) { return ran.arrive(), *y = 0; };
  Pool pool(worker_counts());
  Job job;
  job.source_drop = Watched::drop;
  REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, &job, nullptr) == TP_OK);
  ran.wait(2000);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(source.drops == 1);
}

TEST_CASE("With CALLER_HELPS a reader outside pulls and runs by itself") {
  const std::size_t workers = worker_counts();
  Watched source(50);
  std::atomic<int> outside{0};
  Task<int, int> task([&](const int*, int* y) { return outside += tp_worker_index() < 0, *y = 0; });
  Pool pool(pool_options(workers, TP_POOL_CALLER_HELPS));
  Busy busy(pool, workers);
  Result stream = imap(pool, task, source);
  for (int i = 0; i < 50; ++i) REQUIRE(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(outside == 50);
}
