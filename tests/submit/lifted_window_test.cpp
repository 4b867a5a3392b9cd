// SPDX-License-Identifier: MIT
// Who waits until a stream is ready may be the one who would read it: the window is lifted meanwhile.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kItems = 100, kWindow = 4;

// A stream of so many items with a small window.
struct Narrow {
  explicit Narrow(int items = kItems, std::size_t chunksize = 0) : numbers(items) {
    job.buffersize = kWindow;
    job.chunksize = chunksize;
  }
  int start(tp_pool_t* pool, bool ordered = true) {
    const auto submit = ordered ? tp_pool_imap : tp_pool_imap_unordered;
    return submit(pool, &task, Numbers::pull, &numbers, &job, stream.out());
  }
  int read() const {
    int count = 0;
    while (tp_result_next(stream, kLong, nullptr) == TP_OK) ++count;
    return count;
  }

  Numbers numbers;
  Odd task;
  Job job;
  Result stream;
};

// All ways to wait for the end of a stream.
enum class Way { wait, any, all, completed, idle };
const auto kWays = {Way::wait, Way::any, Way::all, Way::completed, Way::idle};

int wait_by(Way way, tp_pool_t* pool, tp_result_t* stream, double timeout) {
  std::size_t index = 0;
  if (way == Way::wait) return tp_result_wait(stream, timeout);
  if (way == Way::any) {
    tp_result_t* const twice[] = {stream, stream};
    return tp_wait_any(twice, 2, timeout, &index);
  }
  if (way == Way::all) return tp_wait_all(&stream, 1, timeout);
  if (way == Way::completed) return Completed({stream, stream}).next(timeout);
  return tp_pool_wait_idle(pool, timeout);
}

}  // namespace

TEST_CASE("A stream with a small window ends while its only reader waits for that") {
  const std::size_t workers = worker_counts();
  const bool ordered = GENERATE(true, false);
  for (const Way way : kWays)
    for (const std::size_t chunksize : {0u, 3u, 10u}) {
      CAPTURE(workers, int(way), chunksize);
      Narrow narrow(kItems, chunksize);
      Pool pool(workers);
      REQUIRE(narrow.start(pool, ordered) == TP_OK);
      CHECK(wait_by(way, pool, narrow.stream, kLong) == TP_OK);
      CHECK(tp_result_ready(narrow.stream) == 1);
      CHECK(narrow.read() == kItems);
    }
}

TEST_CASE("A worker that waits for a stream it would read runs all of it") {
  const bool alone = GENERATE(true, false);
  for (const Way way : {Way::wait, Way::any, Way::all, Way::completed}) {
    Narrow narrow;
    std::atomic<int> status{-1}, count{0};
    Pool pool(alone ? 1 : 4);
    Step reads([&] {
      status = narrow.start(pool);
      if (status == TP_OK) status = wait_by(way, pool, narrow.stream, kLong);
      count = narrow.read();
    });
    REQUIRE(tp_pool_apply(pool, &reads, nullptr, nullptr) == TP_OK);
    CHECK(status == TP_OK);
    CHECK(count == kItems);
  }
}

TEST_CASE("A caller that helps and waits for a stream it would read runs all of it") {
  for (const Way way : {Way::wait, Way::any, Way::all, Way::completed}) {
    Narrow narrow;
    Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
    Busy busy(pool, 1);
    REQUIRE(narrow.start(pool) == TP_OK);
    CHECK(wait_by(way, pool, narrow.stream, kLong) == TP_OK);
    CHECK(narrow.read() == kItems);
  }
}

TEST_CASE("A poll lifts no window") {
  Narrow narrow;
  Pool pool(worker_counts());
  REQUIRE(narrow.start(pool) == TP_OK);
  for (int round = 0; round < 3; ++round) {
    for (const Way way : kWays) CHECK(wait_by(way, pool, narrow.stream, 0) == TP_ETIMEDOUT);
    await_others_asleep();
    std::size_t pulled = 0;
    REQUIRE(tp_result_progress(narrow.stream, nullptr, &pulled) == TP_OK);
    CHECK(pulled == kWindow);
  }
}

TEST_CASE("A window is back when nobody waits any more, and what was pulled meanwhile stays") {
  const Way way = GENERATE(Way::wait, Way::any, Way::all, Way::completed, Way::idle);
  Narrow narrow(INT_MAX);
  Pool pool(worker_counts());
  REQUIRE(narrow.start(pool) == TP_OK);
  const auto pulled = [&] {
    await_others_asleep();
    std::size_t total = 0;
    REQUIRE(tp_result_progress(narrow.stream, nullptr, &total) == TP_OK);
    return total;
  };
  std::size_t ahead = 0;
  await("a wait that was long enough", [&] {
    CHECK(wait_by(way, pool, narrow.stream, kShort) == TP_ETIMEDOUT);
    return (ahead = pulled()) > kWindow;
  });
  for (std::size_t i = kWindow; i < ahead; ++i)
    REQUIRE(tp_result_next(narrow.stream, kLong, nullptr) == TP_OK);
  CHECK(pulled() == ahead);  // the window is full
  for (int i = 0; i < kWindow; ++i) REQUIRE(tp_result_next(narrow.stream, kLong, nullptr) == TP_OK);
  REQUIRE(tp_result_next(narrow.stream, kLong, nullptr) == TP_OK);
  CHECK(pulled() <= ahead + 1 + kWindow);
  CHECK(tp_result_cancel(narrow.stream) == TP_OK);
}

TEST_CASE("A window stays lifted until the last one that waits has stopped") {
  const Way other = GENERATE(Way::wait, Way::idle);
  Gate gate;
  Source<int> source([&, i = 0](int* item) mutable {
    if (i == 2 * kWindow) gate.wait();
    return *item = i, i++ < kItems ? 1 : 0;
  });
  Odd task;
  Chunked job(0, kWindow);
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source, &job);
  int status = -1;
  std::thread waiter([&] { status = wait_by(other, pool, stream, kLong); });
  gate.await(1);  // which it would not be without the other one
  CHECK(tp_result_wait(stream, kShort) == TP_ETIMEDOUT);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  gate.open();
  waiter.join();
  CHECK(status == TP_OK);
}

TEST_CASE("A stream that starts while wait_idle waits has no window either") {
  Narrow first, second;
  Pool pool(2);
  int status = -1;
  {
    Busy busy(pool, 1);
    std::thread waiter([&] { status = tp_pool_wait_idle(pool, kLong); });
    await_others_asleep();
    REQUIRE(first.start(pool) == TP_OK);
    await("the stream to end", [&] { return tp_result_ready(first.stream) == 1; });
    REQUIRE(second.start(pool, false) == TP_OK);
    busy.open();
    waiter.join();
  }
  CHECK(status == TP_OK);
  CHECK(first.read() == kItems);
  CHECK(second.read() == kItems);
}

TEST_CASE("Who waits for the end of a closed pool by its callbacks gets there without a reader") {
  Narrow narrow;
  Pool pool(pool_options(2, TP_POOL_MANUAL_CALLBACKS));
  REQUIRE(narrow.start(pool) == TP_OK);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_END);
  CHECK(narrow.read() == kItems);
}

TEST_CASE("A thread of the host that serves a closed pool gets to its end without a reader") {
  Narrow narrow;
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  REQUIRE(narrow.start(pool) == TP_OK);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(tp_worker_enter(pool, nullptr, kLong, nullptr) == TP_END);
  CHECK(narrow.read() == kItems);
}

TEST_CASE("A stream in a paused pool is lifted when that goes on") {
  Narrow narrow;
  Pool pool(worker_counts());
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  REQUIRE(narrow.start(pool) == TP_OK);
  int status = -1;
  std::thread waiter([&] { status = tp_pool_wait_idle(pool, kLong); });
  await_others_asleep();
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(narrow.read() == kItems);
}
