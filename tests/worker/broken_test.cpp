// SPDX-License-Identifier: MIT
// A failed initializer breaks the pool: every pending and later job ends with TP_EINIT, none hangs.
#include "support/test.hpp"

using namespace support;

namespace {

// An initializer that a test writes as a lambda; it gets the number of its call.
struct Start {
  explicit Start(std::function<int(int)> f) : body(std::move(f)) {}

  tp_pool_options_t options(std::size_t workers) {
    hooks.workers = workers;
    return hooks;
  }

  std::function<int(int)> body;
  std::atomic<int> calls{0}, finalized{0}, dropped{0};
  PoolHooks hooks{pool_options(0), [this] { return body(calls++); }, [this] { ++finalized; },
                  [this] { ++dropped; }};
};

}  // namespace

TEST_CASE("Jobs that were pending when an initializer failed end with TP_EINIT and its error") {
  Gate submitted;
  std::atomic<int> ran{0}, drops{0};
  Start start([&](int) {
    submitted.wait();
    tp_task_set_error("no licence", &drops, count_drop);
    return 7;
  });
  Step task([&] { ++ran; });
  Odd odd;
  Listening job;
  Result apply, map;
  const std::size_t workers = worker_counts();
  {
    Pool pool(start.options(workers));
    const std::vector<int> items(10);
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, &job, apply.out()) == TP_OK);
    REQUIRE(tp_pool_map_async(pool, &odd, items.data(), 10, &job, map.out()) == TP_OK);
    submitted.open();
    CHECK(apply.get() == TP_EINIT);
    CHECK(map.get() == TP_EINIT);
    CHECK(job.failures == 2);
    CHECK(tp_result_item_status(map, 9) == TP_EINIT);
    for (const tp_result_t* result :
         {static_cast<tp_result_t*>(apply), static_cast<tp_result_t*>(map)}) {
      const tp_error_t* error = tp_result_error(result);
      CHECK(tp_error_status(error) == TP_EINIT);
      CHECK(tp_error_code(error) == 7);
      CHECK(tp_error_message(error) == std::string("no licence"));
    }
    CHECK(stats_of(pool).state == 4);
  }
  apply.release();
  map.release();
  CHECK(ran == 0);
  CHECK(start.finalized == 0);
  CHECK(start.dropped == 1);
  CHECK(drops == start.calls);
}

TEST_CASE("A broken pool refuses every submit with TP_EINIT") {
  Start start([](int) { return 1; });
  Step task([] {});
  Numbers source;
  Pool pool(start.options(worker_counts()));
  await("the pool to break", [&] { return stats_of(pool).state == 4; });
  Result result;
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_EINIT);
  CHECK(tp_error_status(tp_last_error()) == TP_EINIT);
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 5, nullptr) == TP_EINIT);
  CHECK(tp_pool_for(pool, empty_range, nullptr, 5, nullptr) == TP_EINIT);
  CHECK(tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) == TP_EINIT);
  CHECK(tp_pool_map_async(pool, &task, nullptr, 0, nullptr, result.out()) == TP_EINIT);
  CHECK(tp_pool_for_async(pool, empty_range, nullptr, 5, nullptr, result.out()) == TP_EINIT);
  CHECK(tp_pool_imap(pool, &task, source.pull, &source, nullptr, result.out()) == TP_EINIT);
  CHECK(tp_pool_imap_unordered(pool, &task, source.pull, &source, nullptr, result.out()) ==
        TP_EINIT);
  CHECK(result == nullptr);
  CHECK(source.pulled == 0);
  CHECK(stats_of(pool).submitted == 0);
}

TEST_CASE("A broken pool may be waited for, closed, terminated, joined and destroyed") {
  Start start([](int) { return 1; });
  Pool pool(start.options(worker_counts()));
  await("the pool to break", [&] { return stats_of(pool).state == 4; });
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  SECTION("closed") { CHECK(tp_pool_close(pool) == TP_OK); }
  SECTION("terminated") { CHECK(tp_pool_terminate(pool) == TP_OK); }
  SECTION("both") {
    CHECK(tp_pool_terminate(pool) == TP_OK);
    CHECK(tp_pool_close(pool) == TP_OK);
  }
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(start.finalized == 0);
}

TEST_CASE("One failed initializer of many breaks the pool; running tasks deliver") {
  Gate fail, task_gate;
  Start start([&](int call) { return call == 0 ? 0 : (fail.wait(), 3); });
  Task<int, int> task([&](const int* x, int* y) { return task_gate.wait(), *y = *x, 0; });
  Pool pool(start.options(2));
  const int items[] = {5, 6};
  Result running, pending;
  REQUIRE(tp_pool_apply_async(pool, &task, &items[0], nullptr, running.out()) == TP_OK);
  task_gate.await(1);
  REQUIRE(tp_pool_apply_async(pool, &task, &items[1], nullptr, pending.out()) == TP_OK);
  fail.open();
  CHECK(pending.get() == TP_EINIT);
  task_gate.open();
  CHECK(*running.values<int>() == 5);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(start.finalized == 1);
}

TEST_CASE("An initializer that throws or ends its thread has failed") {
  Gate submitted;
  const bool throws = GENERATE(true, false);
  Start start([&](int) -> int {
    submitted.wait();
    if (throws) throw std::runtime_error("no display");
    pthread_exit(nullptr);
  });
  Step task([] {});
  Pool pool(start.options(worker_counts()));
  Result result = apply_async(pool, task);
  submitted.open();
  CHECK(result.get() == TP_EINIT);
  CHECK(tp_error_code(tp_result_error(result)) == 0);
  if (throws) CHECK(tp_error_message(tp_result_error(result)) == std::string("no display"));
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_EINIT);
}

TEST_CASE("A payload of an initializer that succeeds is dropped") {
  std::atomic<int> drops{0};
  Start start([&](int) {
    tp_task_set_error("changed its mind", &drops, count_drop);
    return 0;
  });
  Step task([] {});
  Pool pool(start.options(2));
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  pool.finish();
  CHECK(drops == 2);
}
