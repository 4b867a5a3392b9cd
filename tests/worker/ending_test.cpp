// SPDX-License-Identifier: MIT
// User code that ends its thread, or throws, at an awkward moment: every job still ends.
#include "support/test.hpp"

using namespace support;

TEST_CASE("The last task of a closed pool may end its thread: join returns") {
  NoThreadLeft check;
  Gate gate;
  Task<void, void> task([&](const void*, void*) -> int {
    gate.wait();
    pthread_exit(nullptr);
  });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  gate.await(1);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  gate.open();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(result.get() == TP_ELOST);
}

TEST_CASE("Workers that all end their threads after terminate leave no job behind") {
  constexpr std::size_t kWorkers = 4;
  for (int round = 0; round < 50; ++round) {
    Gate gate;
    Task<void, void> task([&](const void*, void*) -> int {
      gate.wait();
      pthread_exit(nullptr);
    });
    Pool pool(kWorkers);
    const std::vector<Result> results = apply_each(pool, task, kWorkers);
    gate.await(static_cast<int>(kWorkers));
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    gate.open();
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    for (const Result& result : results) CHECK(tp_result_get(result, 0, nullptr) == TP_ELOST);
  }
}

TEST_CASE("An item that ends the thread outside that helps leaves the rest to the workers") {
  std::atomic<bool> exited{false};
  std::atomic<int> ran{0};
  Numbers source(3);
  Task<int, void> task([&](const int*, void*) {
    ++ran;
    if (!exited.exchange(true)) pthread_exit(nullptr);
    return 0;
  });
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Result stream;
  {
    Busy busy(pool, 1);
    REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, nullptr, stream.out()) == TP_OK);
    std::thread helper([&] { tp_result_next(stream, kLong, nullptr); });
    helper.join();
    REQUIRE(exited);
  }
  pool.finish();
  CHECK(ran == 3);
  CHECK(tp_result_ready(stream) == 1);
  CHECK(tp_error_status(tp_result_error(stream)) == TP_ELOST);
}

TEST_CASE("An item_drop that ends its thread inside a chunk leaves the rest of the chunk to run") {
  static std::atomic<bool> exited;
  static std::atomic<int> drops;
  exited = false;
  drops = 0;
  std::atomic<int> ran{0};
  Numbers source(8);
  Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
  task.item_drop = [](void*) {
    ++drops;
    if (!exited.exchange(true)) pthread_exit(nullptr);
  };
  Pool pool(worker_counts());
  Chunked job(4);
  Result stream = imap(pool, task, source, &job);
  CHECK(stream.wait() == TP_OK);
  CHECK(ran == 8);
  CHECK(drops == 8);
  CHECK(tp_result_successful(stream) == 1);
}

TEST_CASE("A payload_drop that ends its thread has returned, and its job ends") {
  static std::atomic<int> drops;
  drops = 0;
  Step task(
      [] { tp_task_set_error("dropped", &drops, [](void*) { ++drops, pthread_exit(nullptr); }); });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  CHECK(result.wait() == TP_OK);
  CHECK(drops == 1);
  pool.finish();
}

TEST_CASE(
    "A payload_drop that ends its thread as nobody can ask for the error leaves the job ended") {
  static std::atomic<int> drops;
  drops = 0;
  struct Large {
    long words[4];
  };
  Task<Large, void> task([](const Large*, void*) {
    tp_task_set_error("dropped", &drops, [](void*) { ++drops, pthread_exit(nullptr); });
    return 1;
  });
  const Large item{};
  Pool pool(worker_counts());
  forget_item(pool, task, item);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(drops == 1);
  pool.finish();
}

TEST_CASE("A task whose nested map ends its thread: both jobs end, and no item runs after that") {
  std::atomic<int> ran{0};
  Task<void, void> inner([&](const void*, void*) -> int {
    ++ran;
    pthread_exit(nullptr);
  });
  const std::size_t n = GENERATE(as<std::size_t>{}, 1, 2, 9);
  Step outer([&] { tp_pool_map(tp_worker_pool(), &inner, nullptr, nullptr, n, nullptr); });
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Result result = apply_async(pool, outer);
  CHECK(result.wait() == TP_OK);
  if (workers == 1) CHECK(result.get() == TP_ELOST);
  const int at_end = ran;
  CHECK(at_end >= 1);
  pool.finish();
  CHECK(ran == at_end);
}

TEST_CASE("An item_move that throws fails its job, and join does not wait for it") {
  std::atomic<int> ran{0};
  Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
  task.item_move = [](void*, void*) { throw std::runtime_error("no move"); };
  Pool pool(worker_counts());
  const int item = 0;
  Result result = apply_item(pool, task, item);
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, nullptr) == TP_OK);
  CHECK(result.get() == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_result_error(result))) == "no move");
  pool.finish();
  CHECK(ran == 0);
}

TEST_CASE("An arg_drop that ends the worker that frees the pool has returned") {
  NoThreadLeft check;
  static std::atomic<int> drops;
  drops = 0;
  tp_pool_options_t options = pool_options(worker_counts());
  options.arg_drop = [](void*) { ++drops, pthread_exit(nullptr); };
  Gate submitted;  // nobody else may use the handle from then on
  Step task([&] {
    submitted.wait();
    tp_pool_destroy(tp_worker_pool());
  });
  Pool pool(options);
  Result result = apply_async(pool.give_away(), task);
  submitted.open();
  CHECK(result.get() == TP_OK);
  await("arg_drop", [&] { return drops == 1; });
}
