// SPDX-License-Identifier: MIT
// close, terminate, join, wait_idle and destroy.
#include "support/test.hpp"

using namespace support;

TEST_CASE("join before close says that the pool is running") {
  Pool pool(worker_counts());
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_ERUNNING);
  CHECK(tp_pool_join(pool, 0) == TP_ERUNNING);
  int item = 0, value = 0;
  Odd task;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
}

TEST_CASE("close and terminate may be repeated, in any order; terminated stays terminated") {
  Pool pool(worker_counts());
  CHECK(stats_of(pool).state == 0);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(stats_of(pool).state == 1);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(stats_of(pool).state == 2);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(stats_of(pool).state == 2);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).state == 3);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).state == 3);
}

TEST_CASE("close runs what was accepted, and join waits for it") {
  const std::size_t workers = worker_counts();
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(workers);
  Busy busy(pool, workers);
  apply_times(pool, task, 100);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, 0) == TP_ETIMEDOUT);
  CHECK(tp_pool_join(pool, -1) == TP_ETIMEDOUT);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  CHECK(ran == 0);
  busy.open();
  CHECK(tp_pool_join(pool, TP_FOREVER) == TP_OK);
  CHECK(ran == 100);
}

TEST_CASE("join may be called again and by many threads; it waits for callbacks, too") {
  Gate gate;
  std::atomic<int> done{0};
  Odd task;
  Listening job([&](tp_result_t*) {
    gate.wait();
    ++done;
  });
  Pool pool(worker_counts());
  forget_item(pool, task, 0, &job);
  gate.await(1);
  CHECK(tp_pool_close(pool) == TP_OK);
  std::atomic<int> joined{0}, early{0};
  ThreadGroup joiners(4, [&] {
    if (tp_pool_join(pool, kLong) == TP_OK) ++joined;
    if (done == 0) ++early;
  });
  gate.open();
  joiners.join();
  CHECK(joined == 4);
  CHECK(early == 0);
  CHECK(tp_pool_join(pool, 0) == TP_OK);
}

TEST_CASE("terminate ends queued jobs at once, without waiting for running tasks") {
  const std::size_t workers = worker_counts();
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Listening job;
  std::thread::id called_on;
  job.then = [&](tp_result_t*) { called_on = std::this_thread::get_id(); };
  Pool pool(workers);
  Busy busy(pool, workers);
  std::vector<Result> results(20);
  for (Result& result : results)
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, &job, result.out()) == TP_OK);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  for (const Result& result : results) {
    CHECK(tp_result_ready(result) == 1);
    CHECK(tp_result_get(result, 0, nullptr) == TP_ETERMINATED);
    CHECK(tp_result_item_status(result, 0) == TP_ETERMINATED);
    CHECK(tp_error_status(tp_result_error(result)) == TP_ETERMINATED);
  }
  CHECK(job.failures == 20);
  CHECK(called_on == std::this_thread::get_id());
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  busy.open();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(ran == 0);
}

TEST_CASE("A running task sees the stop flag, and what it returns is delivered") {
  const int code = GENERATE(0, 4);
  Arrivals started;
  std::atomic<int> before{-1};
  Task<void, int> task([&](const void*, int* y) {
    before = tp_task_stop_requested();
    started.arrive();
    await_stop();
    return *y = 8, code;
  });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  started.wait(1);
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(result.get() == (code == 0 ? TP_OK : TP_ETASK));
  if (code == 0) CHECK(*result.values<int>() == 8);
  CHECK(before == 0);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("A map that is terminated half-way keeps the status of each item") {
  Gate gate;
  Task<int, int> task([&](const int*, int* y) { return gate.wait(), *y = 0; });
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  const std::vector<int> items(300);
  Chunked job(1);
  Result result = map_async(pool, task, items.data(), 300, &job);
  gate.await(static_cast<int>(workers));
  CHECK(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_result_ready(result) == 0);
  gate.open();
  CHECK(result.get() == TP_ETERMINATED);
  int good = 0, ended = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    const int status = tp_result_item_status(result, i);
    good += status == TP_OK;
    ended += status == TP_ETERMINATED;
  }
  CHECK(good == static_cast<int>(workers));
  CHECK(good + ended == 300);
}

TEST_CASE("terminate from two threads ends each job once") {
  for (int round = 0; round < 50; ++round) {
    Step task([] {});
    Listening job;
    Pool pool(2);
    Busy busy(pool, 2);
    apply_times(pool, task, 10, &job);
    std::thread other([&] { tp_pool_terminate(pool); });
    CHECK(tp_pool_terminate(pool) == TP_OK);
    other.join();
    busy.open();
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
    REQUIRE(job.failures == 10);
  }
}

TEST_CASE("A task may close and terminate its pool, and is refused to join it") {
  std::vector<int> answers;
  Step task([&] {
    tp_pool_t* const pool = tp_worker_pool();
    answers = {tp_pool_join(pool, TP_FOREVER),
               tp_pool_wait_idle(pool, TP_FOREVER),
               tp_pool_close(pool),
               tp_pool_join(pool, TP_FOREVER),
               tp_pool_terminate(pool),
               tp_pool_join(pool, TP_FOREVER)};
  });
  Pool pool(worker_counts());
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(answers == std::vector<int>{TP_EDEADLK, TP_EDEADLK, TP_OK, TP_EDEADLK, TP_OK, TP_EDEADLK});
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
}

TEST_CASE("A task may use and join another pool") {
  std::atomic<int> joined{1}, applied{1};
  Odd leaf;
  Pool other(1), pool(1);
  Step task([&] {
    int item = 0, value = 0;
    applied = tp_pool_apply(other, &leaf, &item, &value);
    tp_pool_close(other);
    joined = tp_pool_join(other, kLong);
  });
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(applied == TP_OK);
  CHECK(joined == TP_OK);
}

TEST_CASE("wait_idle returns when nothing is queued or running; the pool stays open") {
  const std::size_t workers = worker_counts();
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(workers);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_OK);
  {
    Busy busy(pool, workers);
    apply_times(pool, task, 50);
    CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
    CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  }
  CHECK(tp_pool_wait_idle(pool, TP_FOREVER) == TP_OK);
  CHECK(ran == 50);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}

TEST_CASE("wait_idle waits for what tasks submit, too") {
  std::atomic<int> ran{0};
  Step last([&] { ++ran; });
  Step task([&] { tp_pool_apply_async(tp_worker_pool(), &last, nullptr, nullptr, nullptr); });
  Pool pool(worker_counts());
  for (int i = 1; i <= 200; ++i) {
    forget(pool, task);
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    REQUIRE(ran == i);
  }
}

TEST_CASE("destroy of a running pool terminates it, and leaves no thread") {
  const std::size_t workers = worker_counts();
  NoThreadLeft check;
  Arrivals started;
  std::atomic<int> stopped{0};
  Step running([&] {
    started.arrive();
    await_stop();
    ++stopped;
  });
  Step task([] {});
  std::vector<Result> queued(10);
  {
    Pool pool(workers);
    apply_times(pool, running, workers);
    started.wait(static_cast<int>(workers));
    for (Result& result : queued)
      REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) == TP_OK);
  }
  CHECK(stopped == static_cast<int>(workers));
  for (const Result& result : queued) CHECK(result.get() == TP_ETERMINATED);
}

TEST_CASE("destroy drops arg once, after the last finalizer") {
  std::atomic<int> finalized{0}, dropped{0}, at_drop{0};
  const std::size_t workers = worker_counts();
  const auto drop = [&] {
    at_drop = finalized.load();
    ++dropped;
  };
  const PoolHooks options(
      pool_options(workers), nullptr, [&] { ++finalized; }, drop);
  {
    Pool pool(options);
    const bool join = GENERATE(true, false);
    if (join) pool.finish();
  }
  CHECK(dropped == 1);
  CHECK(at_drop == static_cast<int>(workers));
}

TEST_CASE("destroy on a worker returns, and the pool goes when its last worker ends") {
  NoThreadLeft check;
  Gate submitted;  // nobody else may use the handle from then on
  Gone gone;
  std::atomic<int> returned{0};
  const auto destroy = [&] {
    submitted.wait();
    tp_pool_destroy(tp_worker_pool());
    ++returned;
  };
  Step task(destroy), other([] {});
  Listening job([&](tp_result_t*) { destroy(); });
  tp_pool_options_t options = pool_options(worker_counts());
  gone.watch(options);
  Pool pool(options);
  Result result;
  SECTION("in a task") {
    REQUIRE(tp_pool_apply_async(pool.give_away(), &task, nullptr, nullptr, result.out()) == TP_OK);
  }
  SECTION("in a callback") {
    REQUIRE(tp_pool_apply_async(pool.give_away(), &other, nullptr, &job, result.out()) == TP_OK);
  }
  submitted.open();
  CHECK(result.get() == TP_OK);
  gone.wait();
  CHECK(returned == 1);
}

TEST_CASE("Pools come and go without a trace") {
  NoThreadLeft check;
  const std::size_t workers = worker_counts();
  Step task([] {});
  for (int i = 0; i < 20; ++i) {
    Pool pool(workers);
    REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  }
}

namespace {

struct EndingItem {
  tp_pool_t* pool;
  int number;

  static void move(void* to, void* from) {
    tp_pool_terminate(static_cast<EndingItem*>(from)->pool);
    std::memcpy(to, from, sizeof(EndingItem));
  }
};

}  // namespace

// The queued task of a job that its waiter has run may still lie in the submit queue when the pool goes. The job's
// memory would be a leak, which AddressSanitizer reports.
TEST_CASE("a job that is queued after terminate and run by its waiter goes with the pool") {
  Gate hold_gate, initializer;
  std::atomic<int> workers{0};
  Step hold([&] { hold_gate.wait(); });
  Task<EndingItem, int> task(
      [](const EndingItem* item, int* value) { return *value = item->number, 0; });
  task.item_move = EndingItem::move;
  const PoolHooks options(pool_options(2, TP_POOL_CALLER_HELPS), [&] {
    if (workers++ == 1) initializer.wait();  // one worker has a task, the other does not get to any
    return 0;
  });
  Pool pool(options);
  // has a submit queue of its own: the job's is the first queued task of this thread's
  std::thread other([&] {
    tp_pool_apply_async(pool, &hold, nullptr, nullptr, nullptr);
    initializer.wait();
  });
  await("a busy worker", [&] { return stats_of(pool).running == 1; });
  const EndingItem item{pool, 3};
  Result result;
  CHECK(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
  CHECK(result.get() == TP_OK);
  hold_gate.open();
  await("the busy worker to end", [&] { return stats_of(pool).workers == 1; });
  initializer.open();
  other.join();
  pool.destroy();
  CHECK(*result.values<int>() == 3);
}
