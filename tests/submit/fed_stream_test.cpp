// SPDX-License-Identifier: MIT
// Streams without a source: their items are pushed, from any threads, until the end is pushed.
#include <cmath>

#include "support/test.hpp"

using namespace support;

namespace {

constexpr double kNow = 0;

Result feed(tp_pool_t* pool, const tp_task_t& task, Options job = nullptr,
            decltype(&tp_pool_imap) submit = tp_pool_imap) {
  Result stream;
  REQUIRE(submit(pool, &task, nullptr, nullptr, job, stream.out()) == TP_OK);
  return stream;
}

int push(tp_result_t* stream, int item, double timeout = kLong) {
  return tp_result_push(stream, &item, timeout);
}

struct Windowed : Job {
  explicit Windowed(std::size_t window, std::size_t chunk = 0) {
    buffersize = window;
    chunksize = chunk;
  }
};

}  // namespace

TEST_CASE("A fed stream yields in the order of the pushes and ends behind push_end") {
  Odd task;
  Pool pool(worker_counts());
  Windowed job(1000, GENERATE(as<std::size_t>{}, 0, 1, 7));
  Result stream = feed(pool, task, &job);
  for (int i = 0; i < 300; ++i) REQUIRE(push(stream, i) == TP_OK);
  CHECK(tp_result_push_end(stream) == TP_OK);
  CHECK(tp_result_push_end(stream) == TP_OK);
  CHECK(push(stream, 1) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("push_end") != std::string::npos);
  CHECK(values_of(stream) == odds(300));
  CHECK(stream.wait() == TP_OK);
  CHECK(push(stream, 1) == TP_EINVAL);
}

TEST_CASE("Values come while the stream is being fed, one by one") {
  Odd task;
  const auto submit = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  Pool pool(worker_counts());
  Result stream = feed(pool, task, nullptr, submit);
  int value = 0;
  for (int i = 0; i < 100; ++i) {
    CHECK(tp_result_next(stream, kNow, &value) == TP_ETIMEDOUT);
    REQUIRE(push(stream, i) == TP_OK);
    CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value == 2 * i + 1);
  }
  CHECK(tp_result_push_end(stream) == TP_OK);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
}

TEST_CASE("A full window holds up a push until a value is read, or for its time") {
  Odd task;
  Windowed job(2);
  Pool pool(worker_counts());
  Result stream = feed(pool, task, &job);
  CHECK(push(stream, 0) == TP_OK);
  CHECK(push(stream, 1) == TP_OK);
  CHECK(push(stream, 2, kNow) == TP_ETIMEDOUT);
  CHECK(push(stream, 2, kShort) == TP_ETIMEDOUT);
  std::atomic<pid_t> id{0};
  std::atomic<int> status{1};
  std::thread pusher([&] {
    id = gettid();
    status = push(stream, 2);
  });
  await_sleep(id);
  CHECK(status == 1);
  int value = 0;
  CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
  pusher.join();
  CHECK(status == TP_OK);
  tp_result_push_end(stream);
  CHECK(values_of(stream) == std::vector<int>{3, 5});
}

TEST_CASE("Threads that push and threads that read at once lose nothing, and keep each order") {
  constexpr int kPushers = 3, kEach = 400;
  struct Item {
    int from, number;
  };
  Task<Item, Item> task([](const Item* x, Item* y) { return *y = *x, 0; });
  Windowed job(4);
  Pool pool(worker_counts());
  Result stream = feed(pool, task, &job);
  ThreadGroup pushers(kPushers, [&](std::size_t from) {
    for (int i = 0; i < kEach; ++i) {
      const Item item{static_cast<int>(from), i};
      if (tp_result_push(stream, &item, kLong) != TP_OK) give_up("a push");
    }
  });
  std::vector<int> next(kPushers);
  Item value{};
  for (int i = 0; i < kPushers * kEach; ++i) {
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    CHECK(value.number == next[static_cast<std::size_t>(value.from)]++);
  }
  pushers.join();
  CHECK(tp_result_push_end(stream) == TP_OK);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
}

TEST_CASE("An item may push to its own stream, and is refused when the window is full") {
  std::atomic<int> refused{1};
  tp_result_t* handle = nullptr;
  Task<int, int> task([&](const int* x, int* y) {
    const int more = *x - 1;
    if (*x > 0) refused = tp_result_push(handle, &more, kLong);
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  Windowed one(1);
  Result stream = feed(pool, task, &one);
  handle = stream;
  CHECK(push(stream, 1) == TP_OK);
  int value = 0;
  CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
  CHECK(refused == TP_EDEADLK);
  Result wide = feed(pool, task);
  handle = wide;
  CHECK(push(wide, 5) == TP_OK);
  for (int i = 5; i >= 0; --i) {
    CHECK(tp_result_next(wide, kLong, &value) == TP_OK);
    CHECK(value == i);
  }
}

TEST_CASE("A worker that waits for room runs the items of the stream") {
  Odd task;
  Windowed job(1);
  std::atomic<int> pushed{0};
  tp_result_t* handle = nullptr;
  Step feeder([&] {
    for (int i = 0; i < 20; ++i) pushed += push(handle, i) == TP_OK;
    tp_result_push_end(handle);
  });
  Pool pool(1);
  Result stream = feed(pool, task, &job);
  handle = stream;
  forget(pool, feeder);
  CHECK(values_of(stream) == odds(20));
  CHECK(pushed == 20);
}

TEST_CASE("A cut stream takes no more items, and next tells by what") {
  const int how = GENERATE(0, 1, 2);
  Odd task;
  Windowed job(1);
  if (how == 2) job.deadline = kShort;
  Pool pool(worker_counts());
  Result stream = feed(pool, task, &job);
  if (how != 2) CHECK(push(stream, 0) == TP_OK);
  std::atomic<pid_t> id{0};
  std::atomic<int> status{1};
  std::thread pusher([&] {
    id = gettid();
    status = push(stream, 1);
    while (status == TP_OK) status = push(stream, 1);
  });
  if (how != 2) await_sleep(id);
  if (how == 0) CHECK(tp_result_cancel(stream) == TP_OK);
  if (how == 1) CHECK(tp_pool_terminate(pool) == TP_OK);
  pusher.join();
  CHECK(status == TP_ECANCELED);
  int value = 0, last = TP_OK;
  while (last == TP_OK) last = tp_result_next(stream, kLong, &value);
  CHECK(last == (how == 0 ? TP_ECANCELED : how == 1 ? TP_ETERMINATED : TP_ETIMEDOUT));
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
  CHECK(push(stream, 1) == TP_ECANCELED);
}

TEST_CASE("After close pushing goes on, and join waits for the end and lifts the window") {
  std::atomic<int> ran{0};
  Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
  Windowed job(2);
  Pool pool(worker_counts());
  Result stream = feed(pool, task, &job);
  CHECK(push(stream, 0) == TP_OK);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(push(stream, 1) == TP_OK);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  std::thread pusher([&] {
    for (int i = 0; i < 50; ++i)
      if (push(stream, i) != TP_OK) give_up("a push");
    tp_result_push_end(stream);
  });
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  pusher.join();
  CHECK(ran == 52);
}

TEST_CASE("The last release ends the pushes, and the rest runs") {
  std::atomic<int> ran{0};
  Live items;
  Task<Tracked, void> task([&](const Tracked*, void*) { return ++ran, 0; });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.count_drops();
  Pool pool(worker_counts());
  {
    Result stream;
    REQUIRE(tp_pool_imap(pool, &task, nullptr, nullptr, nullptr, stream.out()) == TP_OK);
    for (int i = 0; i < 10; ++i) {
      Tracked item;
      Tracked::make(&item, items, i);
      REQUIRE(tp_result_push(stream, &item, kLong) == TP_OK);
    }
  }
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 10);
  CHECK(task.drops == 1);
}

TEST_CASE("An item_move that throws or ends its thread has given nothing to the stream") {
  static std::atomic<int> how;
  Task<int, int> task([](const int* x, int* y) { return *y = *x, 0; });
  task.item_move = [](void* dst, void* src) {
    if (how == 1) throw std::runtime_error("no");
    if (how == 2) pthread_exit(nullptr);
    *static_cast<int*>(dst) = *static_cast<int*>(src);
  };
  Pool pool(worker_counts());
  Result stream = feed(pool, task);
  how = 1;
  CHECK(push(stream, 1) == TP_ETASK);
  how = 2;
  in_thread([&] { push(stream, 2); });
  how = 0;
  CHECK(push(stream, 3) == TP_OK);
  CHECK(tp_result_push_end(stream) == TP_OK);
  CHECK(values_of(stream) == std::vector<int>{3});
}

TEST_CASE("Failed items and a start and an item's time work as in any stream") {
  Task<int, int> task([](const int* x, int* y) { return *y = *x, *x == 1 ? 9 : 0; });
  Job job;
  job.start_after = 0.02;
  Pool pool(worker_counts());
  Result stream = feed(pool, task, &job);
  for (int i = 0; i < 3; ++i) CHECK(push(stream, i) == TP_OK);
  CHECK(tp_result_push_end(stream) == TP_OK);
  int value = 5;
  CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
  CHECK(tp_result_next(stream, kLong, &value) == TP_ETASK);
  CHECK(tp_error_code(tp_last_error()) == 9);
  CHECK(tp_result_next(stream, kLong, &value) == TP_OK);
  CHECK(tp_result_next(stream, kLong, &value) == TP_END);
  std::size_t done = 0, total = 0;
  CHECK(tp_result_progress(stream, &done, &total) == TP_OK);
  CHECK(done == 3);
  CHECK(total == 3);
}

TEST_CASE("Pushing is refused for other jobs, without an item, and without a result") {
  Odd task;
  Numbers source(1);
  Pool pool(1);
  Result stream = feed(pool, task), pulled = imap(pool, task, source);
  const int item = 1;
  Result single = apply_item(pool, task, item);
  CHECK(tp_result_push(stream, nullptr, kNow) == TP_EINVAL);
  CHECK(tp_result_push(stream, &item, NAN) == TP_EINVAL);
  CHECK(tp_result_push(pulled, &item, kNow) == TP_EINVAL);
  CHECK(tp_result_push_end(pulled) == TP_EINVAL);
  CHECK(tp_result_push(single, &item, kNow) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("no stream") != std::string::npos);
  CHECK(tp_pool_imap(pool, &task, nullptr, nullptr, nullptr, nullptr) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("result") != std::string::npos);
}

TEST_CASE("A fed stream ends whenever push_end and cancel and pushes meet") {
  for (int round = 0; round < 100; ++round) {
    Odd task;
    Windowed job(8);
    Pool pool(2);
    Result stream = feed(pool, task, &job);
    Gate start;
    std::atomic<int> accepted{0};
    ThreadGroup pushers(2, [&] {
      start.wait();
      for (int i = 0; push(stream, i) == TP_OK; ++i) ++accepted;
    });
    std::thread ends([&] {
      start.wait();
      round % 2 ? tp_result_push_end(stream) : tp_result_cancel(stream);
    });
    start.open();
    int value = 0, read = 0, status = TP_OK;
    while ((status = tp_result_next(stream, kLong, &value)) == TP_OK) ++read;
    pushers.join();
    ends.join();
    CHECK(status == (round % 2 ? TP_END : TP_ECANCELED));
    if (round % 2) CHECK(read == accepted);
    CHECK(stream.wait() == TP_OK);
  }
}
