// SPDX-License-Identifier: MIT
// Pools that grow and shrink while they run.
#include "support/test.hpp"

using namespace support;

namespace {

std::size_t workers_of(const tp_pool_t* pool) {
  std::size_t workers = 0;
  REQUIRE(tp_pool_workers(pool, &workers) == TP_OK);
  return workers;
}

void await_threads(const tp_pool_t* pool, std::size_t count) {
  await("the number of threads", [&] { return stats_of(pool).workers == count; });
}

// Tasks that run at the same time, each on a worker of its own; which numbers these have.
std::set<int> indexes_of(tp_pool_t* pool, int count) {
  std::mutex mutex;
  std::set<int> indexes;
  on_each_worker(pool, static_cast<std::size_t>(count), [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    indexes.insert(tp_worker_index());
  });
  return indexes;
}

std::set<int> first(int count) {
  std::set<int> all;
  for (int i = 0; i < count; ++i) all.insert(i);
  return all;
}

// Counts what a pool's hooks have done.
struct Hooks {
  std::atomic<int> initialized{0}, finalized{0};
  Arrivals gone;
  PoolHooks hooks{pool_options(0), [this] { return ++initialized, 0; }, [this] { ++finalized; },
                  [this] { gone.arrive(); }};
  tp_pool_options_t options(std::size_t workers) {
    hooks.workers = workers;
    return hooks;
  }
};

}  // namespace

TEST_CASE("A pool has as many workers as it is resized to") {
  Hooks hooks;
  const NoThreadLeft check;
  Pool pool(hooks.options(2));
  int started = 2;
  for (const int count : {5, 1, 2, 64, 3, 17, 17, 1, 4}) {
    CAPTURE(count);
    const int before = static_cast<int>(workers_of(pool));
    REQUIRE(tp_pool_resize(pool, static_cast<std::size_t>(count)) == TP_OK);
    CHECK(workers_of(pool) == static_cast<std::size_t>(count));
    await_threads(pool, static_cast<std::size_t>(count));
    CHECK(indexes_of(pool, count) == first(count));
    started += std::max(count - before, 0);
    CHECK(hooks.initialized == started);
    CHECK(hooks.finalized == started - count);
  }
  pool.finish();
  CHECK(hooks.finalized == hooks.initialized);
}

TEST_CASE("By default a pool is resized to a worker per CPU that the process may use") {
  Pool usual(std::size_t{0}), pool(7);
  REQUIRE(tp_pool_resize(pool, 0) == TP_OK);
  CHECK(workers_of(pool) == workers_of(usual));
}

TEST_CASE("A worker that is too many finishes what it runs") {
  Hooks hooks;
  Pool pool(hooks.options(4));
  Busy busy(pool, 4);
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  CHECK(workers_of(pool) == 1);
  CHECK(stats_of(pool).workers == 4);
  CHECK(hooks.finalized == 0);
  busy.end();
  await_threads(pool, 1);
  CHECK(hooks.finalized == 3);
  CHECK(indexes_of(pool, 1) == first(1));
}

TEST_CASE("A worker that is needed again before it has left goes on") {
  Hooks hooks;
  Pool pool(hooks.options(4));
  await("the workers", [&] { return hooks.initialized == 4; });
  Busy busy(pool, 4);
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  REQUIRE(tp_pool_resize(pool, 4) == TP_OK);
  busy.end();
  CHECK(indexes_of(pool, 4) == first(4));
  CHECK(hooks.initialized == 4);
  CHECK(hooks.finalized == 0);
}

TEST_CASE("A worker that is needed again in its finalizer is initialized again") {
  Gate gate;
  std::atomic<int> initialized{0};
  const auto end = [&] { gate.wait(); };
  const PoolHooks options(
      pool_options(2), [&] { return ++initialized, 0; }, end);
  Pool pool(options);
  await("the workers", [&] { return initialized == 2; });
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  gate.await(1);
  REQUIRE(tp_pool_resize(pool, 2) == TP_OK);  // does not wait for the finalizer
  CHECK(initialized == 2);
  gate.open();
  CHECK(indexes_of(pool, 2) == first(2));
  CHECK(initialized == 3);
}

TEST_CASE("Jobs that are waiting or running when the pool is resized end as they should") {
  const std::size_t before = GENERATE(as<std::size_t>{}, 1, 2, 8);
  const std::size_t after = GENERATE(as<std::size_t>{}, 1, 3, 16);
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int* x, int* y) { return *y = *x + 1, ++ran, 0; });
  const std::vector<int> items = range(1000);
  Numbers numbers(1000);
  Pool pool(before);
  Result loop, later, stream;
  Chunked job(3);
  {
    Busy busy(pool, before);
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 1000, &job, loop.out()) == TP_OK);
    REQUIRE(tp_pool_imap(pool, &task, Numbers::pull, &numbers, nullptr, stream.out()) == TP_OK);
    for (int i = 0; i < 1000; ++i) forget_item(pool, task, i);
    REQUIRE(tp_pool_resize(pool, after) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 1000, &job, later.out()) == TP_OK);
  }
  for (int i = 0; i < 1000; ++i) {
    int value = 0;
    REQUIRE(tp_result_next(stream, kLong, &value) == TP_OK);
    REQUIRE(value == i + 1);
  }
  CHECK(loop.get() == TP_OK);
  CHECK(later.get() == TP_OK);
  pool.finish();
  CHECK(ran == 4000);
}

TEST_CASE("What a worker has claimed and not started runs elsewhere when it has left") {
  std::atomic<int> ran{0};
  Step quick([&] { ++ran; });
  HeldStep held;
  Pool pool(2);
  Busy busy(pool, 2);
  for (int i = 0; i < 2000; ++i) {
    const tp_task_t& task = i == 500 || i == 1000 ? static_cast<tp_task_t&>(held) : quick;
    forget(pool, task);
  }
  busy.end();
  held.gate.await(2);  // both have claimed some more
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  held.gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 1998);
  await_threads(pool, 1);
}

TEST_CASE("A pool may be resized by its own tasks and callbacks and initializers") {
  std::atomic<int> wrong{0};  // the checks are the main thread's
  Job job;
  Pool pool(1);
  job.listen([&](tp_result_t*) { wrong += tp_pool_resize(pool, 2) != TP_OK; });
  Step grows([&] { wrong += tp_pool_resize(pool, 5) != TP_OK; });
  Step shrinks([&] { wrong += tp_pool_resize(pool, 1) != TP_OK; });
  CHECK(tp_pool_apply(pool, &grows, nullptr, nullptr) == TP_OK);
  CHECK(indexes_of(pool, 5) == first(5));
  apply_times(pool, shrinks, 5);
  await_threads(pool, 1);
  forget(pool, shrinks, &job);
  await_threads(pool, 2);
  CHECK(indexes_of(pool, 2) == first(2));
  CHECK(wrong == 0);

  const PoolHooks options(pool_options(3), [&] {
    const std::size_t count = tp_worker_index() == 0 ? 6 : 2;
    const int status = tp_pool_resize(tp_worker_pool(), count);
    // a worker may start when the others have done all, and the pool is closed
    wrong += status != TP_OK && status != TP_ECLOSED;
    return 0;
  });
  Pool other(options);
  Step work([] {});
  for (int i = 0; i < 100; ++i) CHECK(tp_pool_apply(other, &work, nullptr, nullptr) == TP_OK);
  other.finish();
  CHECK(wrong == 0);
}

TEST_CASE("A pool that is closed or terminated or broken is not resized") {
  Pool closed(2), terminated(2);
  REQUIRE(tp_pool_close(closed) == TP_OK);
  REQUIRE(tp_pool_terminate(terminated) == TP_OK);
  CHECK(tp_pool_resize(closed, 3) == TP_ECLOSED);
  CHECK(tp_pool_resize(terminated, 1) == TP_ECLOSED);
  CHECK(workers_of(closed) == 2);
  tp_pool_options_t options = pool_options(2);
  options.initializer = [](void*) { return 1; };
  Pool broken(options);
  await("the pool to break", [&] { return stats_of(broken).state == 4; });
  CHECK(tp_pool_resize(broken, 3) == TP_EINIT);
  CHECK(workers_of(broken) == 2);
}

TEST_CASE("Lost workers are replaced only where they are needed") {
  Gate gate;
  Step leaves([&] {
    gate.wait();
    pthread_exit(nullptr);
  });
  Pool pool(4);
  apply_times(pool, leaves, 4);
  gate.await(4);
  REQUIRE(tp_pool_resize(pool, 2) == TP_OK);
  gate.open();
  await_threads(pool, 2);
  CHECK(indexes_of(pool, 2) == first(2));
  REQUIRE(tp_pool_resize(pool, 4) == TP_OK);
  CHECK(indexes_of(pool, 4) == first(4));
}

TEST_CASE("A pool ends while workers leave it") {
  const int way = GENERATE(0, 1, 2, 3);
  for (int round = 0; round < 20; ++round) {
    const NoThreadLeft check;
    Hooks hooks;
    std::atomic<int> wrong{0};
    Pool pool(hooks.options(8));
    Step work([] {});
    apply_times(pool, work, 50);
    tp_pool_t* const handle = pool;
    Step destroys([&] {
      wrong += tp_pool_resize(handle, 1) != TP_OK;
      tp_pool_destroy(handle);
    });
    if (way == 3) {
      forget(pool, destroys);
      pool.give_away();
    } else {
      REQUIRE(tp_pool_resize(pool, 1 + static_cast<std::size_t>(round) % 12) == TP_OK);
      if (way == 0) pool.finish();
      if (way == 1) REQUIRE(tp_pool_terminate(pool) == TP_OK);
      pool.destroy();
    }
    hooks.gone.wait(1);
    CHECK(wrong == 0);
    CHECK(hooks.initialized == hooks.finalized);
  }
}

TEST_CASE("Resizing and pausing and ending a pool at once from many threads leaves no job behind") {
  const int end = GENERATE(0, 1);
  for (int round = 0; round < 10; ++round) {
    const NoThreadLeft check;
    Hooks hooks;
    std::atomic<int> accepted{0}, ran{0}, wrong{0};
    Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
    Pool pool(hooks.options(2));
    in_threads(3, [&](std::size_t t) {
      for (int i = 0; i < 60; ++i) {
        const int status = tp_pool_resize(pool, 1 + (static_cast<std::size_t>(i) * 7 + t) % 9);
        wrong += status != TP_OK && status != TP_ECLOSED;
        for (int k = 0; k < 20; ++k)
          accepted += tp_pool_apply_async(pool, &task, &i, nullptr, nullptr) == TP_OK;
      }
      if (t == 0) end ? tp_pool_terminate(pool) : tp_pool_close(pool);
    });
    CHECK(tp_pool_join(pool, kLong) == TP_OK);
    CHECK(wrong == 0);
    if (end == 0) CHECK(ran == accepted);
    CHECK(stats_of(pool).workers == 0);
    CHECK(stats_of(pool).completed == static_cast<std::uint64_t>(accepted));
    CHECK(hooks.initialized == hooks.finalized);
  }
}

TEST_CASE("A paused pool may grow and shrink") {
  std::atomic<int> ran{0};
  Step work([&] { ++ran; });
  Pool pool(2);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  apply_times(pool, work, 10);
  for (const std::size_t count : {5u, 1u, 3u}) {
    REQUIRE(tp_pool_resize(pool, count) == TP_OK);
    await_threads(pool, count);
  }
  CHECK(ran == 0);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 10);
}

TEST_CASE("As many threads may enter a pool as it is resized to and those inside stay") {
  HeldStep held;
  Pool pool(pool_options(1, TP_POOL_NO_THREADS));
  REQUIRE(tp_pool_resize(pool, 2) == TP_OK);
  apply_times(pool, held, 2);
  std::atomic<int> ended{0};
  ThreadGroup servers(
      2, [&] { ended += tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr) == TP_END; });
  held.gate.await(2);
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_EAGAIN);
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_EAGAIN);
  REQUIRE(tp_pool_resize(pool, 3) == TP_OK);
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  held.gate.open();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).workers == 2);
  pool.finish();
  servers.join();
  CHECK(ended == 2);
}

TEST_CASE("A worker that is too many leaves a loop and a stream after the chunk") {
  const bool streams = GENERATE(false, true);
  HeldTask<int, void> task;
  std::vector<int> items(100);
  Numbers numbers(100);
  Pool pool(4);
  Chunked job(1);
  Result result;
  if (streams)
    REQUIRE(tp_pool_imap(pool, &task, Numbers::pull, &numbers, &job, result.out()) == TP_OK);
  else
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 100, &job, result.out()) == TP_OK);
  task.gate.await(4);
  REQUIRE(tp_pool_pause(pool) == TP_OK);  // so that the items are there when it leaves
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  task.gate.open();
  await_threads(pool, 1);
  CHECK(task.gate.count() == 4);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  if (!streams) CHECK(result.get() == TP_OK);
  while (streams && tp_result_next(result, kLong, nullptr) == TP_OK) {
  }
  CHECK(task.gate.count() == 100);
}
