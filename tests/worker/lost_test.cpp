// SPDX-License-Identifier: MIT
// User code that ends its thread with pthread_exit: nothing hangs, and the worker is replaced.
#include "support/test.hpp"

using namespace support;

namespace {

struct Exiting : Task<void, void> {
  Exiting() : Task([](const void*, void*) -> int { pthread_exit(nullptr); }) {}
};

// The pool has all its workers, and each runs a task.
void check_all_workers(tp_pool_t* pool) {
  std::size_t workers = 0;
  REQUIRE(tp_pool_workers(pool, &workers) == TP_OK);
  Busy busy(pool, workers);
  CHECK(stats_of(pool).running >= workers);
}

}  // namespace

TEST_CASE("A task that ends its thread is TP_ELOST, and the worker is replaced") {
  NoThreadLeft check;
  Exiting task;
  Listening job;
  Pool pool(worker_counts());
  Result result = apply_async(pool, task, &job);
  CHECK(result.get() == TP_ELOST);
  CHECK(tp_result_item_status(result, 0) == TP_ELOST);
  CHECK(tp_error_status(tp_result_error(result)) == TP_ELOST);
  CHECK(tp_error_code(tp_result_error(result)) == 0);
  CHECK(job.failures == 1);
  CHECK(job.successes == 0);
  check_all_workers(pool);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ELOST);
  CHECK(tp_error_status(tp_last_error()) == TP_ELOST);
  check_all_workers(pool);
  pool.finish();
}

TEST_CASE("More lost tasks than workers leave the pool whole") {
  const std::size_t workers = worker_counts();
  Exiting task;
  Pool pool(workers);
  const std::vector<Result> results = apply_each(pool, task, 3 * workers);
  for (const Result& result : results) CHECK(result.get() == TP_ELOST);
  check_all_workers(pool);
  pool.finish();
}

TEST_CASE("A lost item of a map is one failure, and all others run") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int* y) {
    ++ran;
    if (*x == 10) pthread_exit(nullptr);
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  std::vector<int> items = range(40);
  Chunked job(GENERATE(as<std::size_t>{}, 0, 1, 40));
  Result result = map_async(pool, task, items.data(), 40, &job);
  CHECK(result.get() == TP_ELOST);
  CHECK(ran == 40);
  for (std::size_t i = 0; i < 40; ++i)
    CHECK(tp_result_item_status(result, i) == (i == 10 ? TP_ELOST : TP_OK));
}

TEST_CASE("A lost item of a stream is one error, and the stream goes on") {
  Numbers source(5);
  Task<int, int> task([](const int* x, int* y) {
    if (*x == 2) pthread_exit(nullptr);
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  Chunked job(GENERATE(as<std::size_t>{}, 0, 1, 5));
  Result stream = imap(pool, task, source, &job);
  for (int i = 0; i < 5; ++i) {
    int value = -1;
    CHECK(tp_result_next(stream, kLong, &value) == (i == 2 ? TP_ELOST : TP_OK));
    CHECK(value == (i == 2 ? -1 : i));
  }
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("A source that ends its thread has failed") {
  Source<int> source([i = 0](int* item) mutable {
    if (i == 3) pthread_exit(nullptr);
    return *item = i++, 1;
  });
  Odd task;
  Pool pool(worker_counts());
  Job job;
  job.source_drop = Source<int>::drop;
  Result stream = imap(pool, task, source, &job);
  REQUIRE(stream.wait() == TP_OK);
  for (int i = 0; i < 3; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 3);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  CHECK(source.drops == 1);
  check_all_workers(pool);
}

TEST_CASE("A callback that ends its thread has returned") {
  Odd task;
  Listening job([](tp_result_t*) { pthread_exit(nullptr); });
  Pool pool(worker_counts());
  for (int i = 0; i < 3; ++i) {
    Result result = apply_item(pool, task, 1, &job);
    CHECK(*result.values<int>() == 3);
    CHECK(tp_result_successful(result) == 1);
  }
  CHECK(job.successes == 3);
  CHECK(job.failures == 0);
  check_all_workers(pool);
  pool.finish();
}

TEST_CASE("A hook that ends its thread has returned, and the ones after it run") {
  static std::atomic<int> drops, exits;
  drops = exits = 0;
  const std::size_t workers = worker_counts();
  const auto drop = [](void*) { ++drops; };
  const auto exit = [](void*) { ++exits, pthread_exit(nullptr); };
  Odd odd;
  tp_task_t task = odd;
  task.item_drop = drop;
  task.ctx_drop = drop;
  task.value_drop = drop;
  SECTION("item_drop") { task.item_drop = exit; }
  SECTION("ctx_drop") { task.ctx_drop = exit; }
  SECTION("value_drop") { task.value_drop = exit; }
  Pool pool(workers);
  for (int i = 0; i < 5; ++i) forget_item(pool, task, i);
  pool.finish();
  CHECK(exits == 5);
  CHECK(drops == 10);
}

TEST_CASE("Hooks of one job that all end their thread have all returned") {
  static std::atomic<int> items, ctxs, values;
  items = ctxs = values = 0;
  Odd odd;
  tp_task_t task = odd;
  task.item_drop = [](void*) { ++items, pthread_exit(nullptr); };
  task.ctx_drop = [](void*) { ++ctxs, pthread_exit(nullptr); };
  task.value_drop = [](void*) { ++values, pthread_exit(nullptr); };
  Pool pool(worker_counts());
  for (int i = 0; i < 5; ++i) forget_item(pool, task, i);
  pool.finish();
  CHECK(items == 5);
  CHECK(ctxs == 5);
  CHECK(values == 5);
}

TEST_CASE("A source_drop that ends its thread has returned") {
  static std::atomic<int> drops;
  drops = 0;
  Numbers source(20);
  Odd task;
  Pool pool(worker_counts());
  Job job;
  job.source_drop = [](void*) { ++drops, pthread_exit(nullptr); };
  Result stream = imap(pool, task, source, &job);
  for (int i = 0; i < 20; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  pool.finish();
  CHECK(drops == 1);
}

TEST_CASE("A helped task that ends its thread takes the waiting one along; both jobs end") {
  Exiting inner;
  Step outer([&] { tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr); });
  Pool pool(1);
  Result result = apply_async(pool, outer);
  CHECK(result.get() == TP_ELOST);
  check_all_workers(pool);
  pool.finish();
}

TEST_CASE("The initializer runs on each replacement, and the finalizer for each that ended") {
  const std::size_t workers = worker_counts();
  std::atomic<int> initialized{0}, finalized{0};
  const PoolHooks options(
      pool_options(workers), [&] { return ++initialized, 0; }, [&] { ++finalized; });
  Exiting task;
  Pool pool(options);
  for (int i = 0; i < 3; ++i) CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ELOST);
  check_all_workers(pool);
  pool.finish();
  CHECK(initialized == static_cast<int>(workers) + 3);
  CHECK(finalized == initialized);
}

TEST_CASE("A task that ends its thread after terminate does not hold up join") {
  Arrivals started;
  Task<void, void> task([&](const void*, void*) -> int {
    started.arrive();
    await_stop();
    pthread_exit(nullptr);
  });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(result.get() == TP_ELOST);
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("A finalizer may end the thread that a task is ending") {
  static std::atomic<int> finalized, dropped;
  finalized = dropped = 0;
  NoThreadLeft check;
  Exiting task;
  tp_pool_options_t options = pool_options(worker_counts());
  options.initializer = [](void*) { return 0; };
  options.finalizer = [](void*) { ++finalized, pthread_exit(nullptr); };
  options.arg_drop = [](void*) { ++dropped; };
  const int workers = static_cast<int>(options.workers);
  {
    Pool pool(options);
    for (int i = 1; i <= 20; ++i) {
      Result result = apply_async(pool, task);
      REQUIRE(result.get() == TP_ELOST);
    }
    check_all_workers(pool);
    pool.finish();
  }
  CHECK(finalized >= 20);
  CHECK(finalized <= 20 + workers);
  CHECK(dropped == 1);
}
#endif
