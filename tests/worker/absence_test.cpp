// SPDX-License-Identifier: MIT
// Pools whose threads come when there is work and go when they have been idle.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr double kSoon = 0.005;

// Options of a pool whose threads go after so many seconds without work.
tp_pool_options_t elastic(std::size_t workers, double idle_timeout = TP_FOREVER,
                          std::size_t min_workers = 0, std::uint32_t flags = 0) {
  tp_pool_options_t options = pool_options(workers, flags);
  options.idle_timeout = idle_timeout;
  options.min_workers = min_workers;
  return options;
}

void await_threads(const tp_pool_t* pool, std::size_t count) {
  await("the number of threads", [&] { return stats_of(pool).workers == count; });
}

struct Hooks {
  std::atomic<int> initialized{0}, finalized{0};
  PoolHooks options;
  explicit Hooks(const tp_pool_options_t& of)
      : options(
            of, [this] { return ++initialized, 0; }, [this] { ++finalized; }) {}
  ~Hooks() { CHECK(initialized == finalized); }
};

}  // namespace

TEST_CASE("Threads come when they are needed and no more than workers") {
  const std::size_t workers = worker_counts();
  const NoThreadLeft check;
  Hooks hooks(elastic(workers));
  Step work([] {});
  Pool pool(hooks.options);
  CHECK(stats_of(pool).workers == 0);
  for (int i = 0; i < 5; ++i) {
    CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
    await_others_asleep();  // a worker that has not gone to sleep yet is not given the next task
    CHECK(stats_of(pool).workers == 1);
  }
  std::set<int> indexes;
  std::mutex mutex;
  on_each_worker(pool, workers, [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    indexes.insert(tp_worker_index());
  });
  CHECK(indexes.size() == workers);
  CHECK(*indexes.rbegin() == static_cast<int>(workers) - 1);
  Busy busy(pool, workers);
  apply_times(pool, work, 100);
  CHECK(stats_of(pool).workers == workers);
  CHECK(hooks.initialized == static_cast<int>(workers));
  std::size_t count = 0;
  CHECK(tp_pool_workers(pool, &count) == TP_OK);
  CHECK(count == workers);
}

TEST_CASE("Threads that have been idle go and come again") {
  const std::size_t workers = worker_counts();
  const NoThreadLeft check;
  Hooks hooks(elastic(workers, kSoon));
  Pool pool(hooks.options);
  for (int round = 1; round <= 5; ++round) {
    std::atomic<int> ran{0};
    on_each_worker(pool, workers, [&] { ++ran; });
    CHECK(ran == static_cast<int>(workers));
    await_threads(pool, 0);
    CHECK(hooks.initialized == hooks.finalized);
    CHECK(hooks.initialized >= round);
  }
  CHECK(tp_pool_wait_idle(pool, 0) == TP_OK);
  await("threads to end", [] { return worker_threads() == 0; });
}

TEST_CASE("As many threads stay as min_workers says") {
  const NoThreadLeft check;
  Hooks hooks(elastic(8, kSoon, 3));
  Pool pool(hooks.options);
  CHECK(stats_of(pool).workers == 3);
  for (int round = 0; round < 5; ++round) {
    on_each_worker(pool, 8, [] {});
    await_threads(pool, 3);
  }
  await("the finalizers", [&] { return hooks.finalized == hooks.initialized - 3; });
  await_others_asleep();
}

TEST_CASE("A task gets a thread of its own while others are blocked") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 2, 4, 8, 64);
  const NoThreadLeft check;
  Step work([] {});
  Pool pool(elastic(workers));
  for (std::size_t i = 1; i < workers; ++i) {
    Busy busy(pool, i);
    CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
    CHECK(stats_of(pool).workers >= i + 1);
  }
}

TEST_CASE("A slow initializer keeps no other thread from coming") {
  const int tasks = GENERATE(1, 2, 4);
  Gate gate;
  const PoolHooks options(elastic(4), [&] { return gate.wait(), 0; });
  Step work([] {});
  Pool pool(options);
  const std::vector<Result> results = apply_each(pool, work, static_cast<std::size_t>(tasks));
  gate.await(tasks);
  CHECK(stats_of(pool).workers == static_cast<std::size_t>(tasks));
  gate.open();
  for (const Result& result : results) CHECK(result.get() == TP_OK);
}

TEST_CASE("A worker that is needed again while it goes runs its initializer again") {
  Gate gate;
  std::atomic<int> initialized{0};
  const PoolHooks options(
      elastic(1, kSoon), [&] { return ++initialized, 0; }, [&] { gate.wait(); });
  Step work([] {});
  Pool pool(options);
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  gate.await(1);
  const Result result = apply_async(pool, work);
  CHECK(initialized == 1);
  gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(initialized == 2);
}

TEST_CASE("While a worker goes another one comes for what is submitted") {
  Gate gate;
  std::atomic<int> finalized{0};
  const PoolHooks options(elastic(2, kSoon), nullptr, [&] {
    if (finalized++ == 0) gate.wait();
  });
  Step work([] {});
  Pool pool(options);
  forget(pool, work);
  gate.await(1);
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  gate.open();
}

TEST_CASE("The last thread stays while a job has not ended") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int* y) { return *y = *x, ++ran, 0; });
  Numbers numbers(1000);
  Chunked window(1, 2);
  Pool pool(elastic(4, kSoon));
  Result stream = imap(pool, task, numbers, &window);
  await("the window to be full", [&] { return ran == 2; });
  await_threads(pool, 1);
  const std::uint64_t parks = parks_of(pool);
  // it is idle for the time again, and stays
  await("the worker to sleep twice", [&] { return parks_of(pool) >= parks + 2; });
  CHECK(stats_of(pool).workers == 1);
  CHECK(values_of(stream) == range(1000));
  await_threads(pool, 0);
}

TEST_CASE("A job that may start later starts in a pool without threads") {
  Job later;
  later.start_after = 0.05;
  Step work([] {});
  Pool pool(elastic(2, kSoon));
  CHECK(apply_async(pool, work, &later).get() == TP_OK);
  await_threads(pool, 0);
}

TEST_CASE("A pool without threads ends as any other") {
  const int way = GENERATE(0, 1, 2, 3, 4);
  const bool has_run = GENERATE(false, true);
  const NoThreadLeft check;
  Hooks hooks(elastic(4, kSoon));
  Step work([] {});
  Pool pool(hooks.options);
  if (has_run) {
    CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
    await_threads(pool, 0);
  }
  if (way == 0) pool.finish();
  if (way == 1) REQUIRE(tp_pool_terminate(pool) == TP_OK);
  if (way == 1) CHECK(tp_pool_join(pool, kLong) == TP_OK);
  if (way == 2) CHECK(tp_pool_destroy_within(pool.give_away(), 0) == TP_OK);
  if (way == 3) pool.destroy();
  if (way == 4) REQUIRE(tp_pool_close(pool) == TP_OK);
  if (way != 2 && way != 3) CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_ECLOSED);
}

TEST_CASE("A pool that its own task gives up ends while its threads go") {
  const NoThreadLeft check;
  Gone gone;
  tp_pool_options_t options = elastic(4, kSoon);
  gone.watch(options);
  tp_pool_t* pool = nullptr;
  Step destroys([&] { tp_pool_destroy(pool); });
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  forget(pool, destroys);
  gone.wait();
}

TEST_CASE("A pool that is destroyed while its tasks run is freed by its last thread") {
  const NoThreadLeft check;
  Gone gone;
  Gate gate;
  Step held([&] { gate.wait(); });
  tp_pool_options_t options = elastic(4, kSoon);
  gone.watch(options);
  tp_pool_t* pool = nullptr;
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  apply_times(pool, held, 2);
  gate.await(2);
  CHECK(tp_pool_destroy_within(pool, 0) == TP_ETIMEDOUT);
  gate.open();
  gone.wait();
}

TEST_CASE("Pools without threads are resized and paused") {
  const NoThreadLeft check;
  Hooks hooks(elastic(2, kSoon));
  Pool pool(hooks.options);
  REQUIRE(tp_pool_resize(pool, 8) == TP_OK);
  CHECK(stats_of(pool).workers == 0);
  on_each_worker(pool, 8, [] {});
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  on_each_worker(pool, 1, [] {});
  await_threads(pool, 0);

  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  REQUIRE(tp_pool_resize(pool, 4) == TP_OK);
  apply_times(pool, work, 100);
  await_threads(pool, 1);
  CHECK(ran == 0);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 100);
}

TEST_CASE("More workers come for what waits in a pool that grows") {
  HeldStep held;
  Pool pool(elastic(1));
  Busy busy(pool, 1);
  const std::vector<Result> results = apply_each(pool, held, 3);
  REQUIRE(tp_pool_resize(pool, 4) == TP_OK);
  held.gate.await(3);
  held.gate.open();
  for (const Result& result : results) CHECK(result.get() == TP_OK);
}

TEST_CASE("A pool keeps a thread for what runs when it shrinks") {
  const NoThreadLeft check;
  Hooks hooks(elastic(4, kSoon));
  Pool pool(hooks.options);
  Gate gate;
  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  Arrivals all;
  Step meets([&] {
    all.arrive();
    all.wait(4);
    if (tp_worker_index() == 3) gate.wait();
  });
  apply_times(pool, meets, 4);
  gate.await(1);
  await_threads(pool, 1);  // worker 3
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  apply_times(pool, work, 10);
  await("the tasks", [&] { return ran == 10; });
  gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  await_threads(pool, 0);
}

TEST_CASE("A pool that shrinks keeps a worker that is about to go when the others will not stay") {
  const std::size_t stay = GENERATE(as<std::size_t>{}, 1, 2);
  const NoThreadLeft check;
  Gate ends, goes;
  Arrivals all;
  std::atomic<int> initialized{0};
  const PoolHooks options(
      elastic(3, kSoon), [&] { return ++initialized, 0; }, [&] { goes.wait(); });
  Step meets([&] {
    all.arrive();
    all.wait(3);
    if (tp_worker_index() == 2) ends.wait();
  });
  Step work([] {});
  Pool pool(options);
  apply_times(pool, meets, 3);
  ends.await(1);
  goes.await(2);  // workers 0 and 1
  REQUIRE(tp_pool_resize(pool, stay) == TP_OK);
  const Result result = apply_async(pool, work);
  goes.open();
  CHECK(result.get() == TP_OK);  // while worker 2 runs its task
  CHECK(initialized >= 4);
  ends.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("Tasks and finalizers may end threads that come and go") {
  const bool in_finalizer = GENERATE(false, true);
  const NoThreadLeft check;
  const PoolHooks options(elastic(4, kSoon), nullptr, [&] {
    if (in_finalizer) pthread_exit(nullptr);
  });
  Step work([] {});
  Step leaves([] { pthread_exit(nullptr); });
  Pool pool(options);
  for (int round = 0; round < 5; ++round) {
    for (const Result& result : apply_each(pool, leaves, 8)) CHECK(result.get() == TP_ELOST);
    CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
    await_threads(pool, 0);
  }
}

TEST_CASE("An initializer that fails breaks a pool whose threads come later") {
  tp_pool_options_t options = elastic(4);
  options.initializer = [](void*) { return 7; };
  Step work([] {});
  Pool pool(options);
  CHECK(stats_of(pool).state == 0);
  CHECK(apply_async(pool, work).get() == TP_EINIT);
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_EINIT);
  CHECK(stats_of(pool).state == 4);
}

TEST_CASE("A call that its caller runs alone starts no thread") {
  Step work([] {});
  Pool pool(elastic(4, TP_FOREVER, 0, TP_POOL_CALLER_HELPS));
  for (int i = 0; i < 10; ++i) CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  CHECK(stats_of(pool).workers == 0);
  CHECK(stats_of(pool).completed == 10);
}

TEST_CASE("Tasks may wait for tasks in a pool whose threads come and go") {
  const std::size_t workers = worker_counts();
  Pool pool(elastic(workers, 1e-6));
  Task<int, long> fib([&](const int* n, long* value) -> int {
    if (*n < 2) return *value = *n, 0;
    const int left = *n - 1, right = *n - 2;
    tp_result_t* result = nullptr;
    if (const int status = tp_pool_apply_async(tp_worker_pool(), &fib, &left, nullptr, &result))
      return status;
    long other = 0;
    int status = tp_pool_apply(tp_worker_pool(), &fib, &right, &other);
    void* mine = nullptr;
    if (status == TP_OK) status = tp_result_get(result, kLong, &mine);
    if (status == TP_OK) *value = *static_cast<long*>(mine) + other;
    tp_result_release(result);
    return status;
  });
  for (int round = 0; round < 5; ++round) {
    const int n = 12;
    long value = 0;
    CHECK(tp_pool_apply(pool, &fib, &n, &value) == TP_OK);
    CHECK(value == 144);
  }
}

TEST_CASE("No job is left behind by threads that come and go all the time") {
  const std::size_t workers = worker_counts();
  const std::size_t least = GENERATE(as<std::size_t>{}, 0, 1);
  const NoThreadLeft check;
  Hooks hooks(elastic(workers, 1e-6, least));
  std::atomic<int> ran{0}, wrong{0};
  Step work([&] { ++ran; });
  Pool pool(hooks.options);
  in_threads(3, [&](std::size_t thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    for (int i = 0; i < 100; ++i) {
      tp_result_t* result = nullptr;
      if (tp_pool_apply_async(pool, &work, nullptr, nullptr, &result) != TP_OK) ++wrong;
      if (random() % 3) {
        wrong += tp_result_get(result, kLong, nullptr) != TP_OK;
        if (random() % 4 == 0) await("no thread", [&] { return random() % 100 == 0; });
      }
      tp_result_release(result);
    }
  });
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 300);
  CHECK(wrong == 0);
  await_threads(pool, least);
}

TEST_CASE("Pools whose threads come and go are resized and ended at once from many threads") {
  for (int round = 0; round < 30; ++round) {
    const NoThreadLeft check;
    Hooks hooks(elastic(4, 1e-5, 0));
    std::atomic<int> ran{0}, accepted{0}, wrong{0};
    Step work([&] { ++ran; });
    Pool pool(hooks.options);
    in_threads(4, [&](std::size_t thread) {
      for (std::size_t i = 0; i < 50; ++i) {
        int status = TP_OK;
        if (thread < 2) {
          status = tp_pool_apply_async(pool, &work, nullptr, nullptr, nullptr);
          accepted += status == TP_OK;
        } else if (thread == 2) {
          status = tp_pool_resize(pool, 1 + (i * 7) % 9);
        } else if (i % 10 == 0) {
          status = tp_pool_pause(pool);
          wrong += tp_pool_resume(pool) != TP_OK;
        }
        if (thread == 3 && i == 40 && round % 2) tp_pool_close(pool);
        wrong += status != TP_OK && status != TP_ECLOSED;
      }
    });
    if (round % 2 == 0) REQUIRE(tp_pool_close(pool) == TP_OK);
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    CHECK(ran == accepted);
    CHECK(wrong == 0);
  }
}

TEST_CASE("A child of fork can't use a pool whose threads come and go") {
  Step work([] {});
  Pool pool(elastic(2, kSoon));
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
  await_threads(pool, 0);
  CHECK(in_child([&] {
          return tp_pool_apply(pool, &work, nullptr, nullptr) == TP_EFORKED ? 0 : 1;
        }) == 0);
  CHECK(tp_pool_apply(pool, &work, nullptr, nullptr) == TP_OK);
}

TEST_CASE("A deadline ends a job of a pool whose threads have gone") {
  const NoThreadLeft check;
  HeldStep held;
  Step work([] {});
  Pool pool(elastic(1, kSoon));
  Timed timed(0.02);
  {
    const Result busy = apply_async(pool, held);
    held.gate.await(1);
    CHECK(apply_async(pool, work, &timed).get() == TP_ETIMEDOUT);
    held.gate.open();
    CHECK(busy.get() == TP_OK);
  }
  await_threads(pool, 0);
}
