// SPDX-License-Identifier: MIT
// tp_wait_any and tp_wait_all.
#include "support/test.hpp"

using namespace support;

namespace {

// Jobs that end one by one, as their gates open.
struct Gated {
  explicit Gated(std::size_t workers) : pool(workers) {
    for (int i = 0; i < 3; ++i) {
      REQUIRE(tp_pool_apply_async(pool, &task, &i, nullptr, results[i].out()) == TP_OK);
      handles[i] = results[i];
    }
  }
  ~Gated() {
    for (Gate& gate : gates) gate.open();
  }

  Gate gates[3];
  Task<int, int> task{[this](const int* x, int* y) {
    gates[*x].wait();
    return *y = *x, *x == 2 ? 1 : 0;
  }};
  Pool pool;
  Result results[3];
  tp_result_t* handles[3] = {};
};

}  // namespace

TEST_CASE("wait_any tells the result that is ready, the lowest index of several") {
  Gated jobs(4);
  std::size_t index = 99;
  CHECK(tp_wait_any(jobs.handles, 3, 0, &index) == TP_ETIMEDOUT);
  CHECK(tp_wait_any(jobs.handles, 3, kShort, &index) == TP_ETIMEDOUT);
  CHECK(index == 99);
  jobs.gates[1].open();
  CHECK(tp_wait_any(jobs.handles, 3, kLong, &index) == TP_OK);
  CHECK(index == 1);
  jobs.gates[0].open();
  REQUIRE(jobs.results[0].wait() == TP_OK);
  CHECK(tp_wait_any(jobs.handles, 3, TP_FOREVER, &index) == TP_OK);
  CHECK(index == 0);
}

TEST_CASE("wait_any wakes for a job that ends while it waits; a failed one is ready, too") {
  Gated jobs(4);
  std::size_t index = 99;
  int status = 1;
  std::thread waiter([&] { status = tp_wait_any(jobs.handles, 3, TP_FOREVER, &index); });
  jobs.gates[2].open();
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(index == 2);
}

TEST_CASE("wait_all waits for the last, whatever the outcomes") {
  Gated jobs(4);
  CHECK(tp_wait_all(jobs.handles, 3, kShort) == TP_ETIMEDOUT);
  jobs.gates[0].open();
  jobs.gates[2].open();
  REQUIRE(jobs.results[0].wait() == TP_OK);
  REQUIRE(jobs.results[2].wait() == TP_OK);
  CHECK(tp_wait_all(jobs.handles, 3, 0) == TP_ETIMEDOUT);
  int status = 1;
  std::thread waiter([&] { status = tp_wait_all(jobs.handles, 3, TP_FOREVER); });
  jobs.gates[1].open();
  waiter.join();
  CHECK(status == TP_OK);
  CHECK(tp_wait_all(jobs.handles, 3, 0) == TP_OK);
}

TEST_CASE("wait_all of nothing returns at once") {
  CHECK(tp_wait_all(nullptr, 0, TP_FOREVER) == TP_OK);
}

TEST_CASE("The same result may be waited for twice in one call, and by many threads") {
  Gated jobs(4);
  tp_result_t* twice[] = {jobs.handles[1], jobs.handles[1]};
  std::atomic<int> good{0};
  ThreadGroup waiters(4, [&] {
    std::size_t index = 99;
    if (tp_wait_any(twice, 2, kLong, &index) == TP_OK && index == 0) ++good;
    if (tp_wait_all(twice, 2, kLong) == TP_OK) ++good;
  });
  jobs.gates[1].open();
  waiters.join();
  CHECK(good == 8);
}

TEST_CASE("Results of different pools may be waited for together") {
  Odd task;
  Pool first(1), second(1);
  const int item = 0;
  Result one = apply_item(first, task, item);
  Result other = apply_item(second, task, item);
  tp_result_t* both[] = {one, other};
  CHECK(tp_wait_all(both, 2, kLong) == TP_OK);
}

TEST_CASE("A worker that waits for many runs their unstarted items") {
  std::atomic<int> any_status{1}, all_status{1};
  std::atomic<std::size_t> index{99};
  Odd leaf;
  Step task([&] {
    tp_result_t* results[5] = {};
    for (int i = 0; i < 5; ++i)
      tp_pool_apply_async(tp_worker_pool(), &leaf, &i, nullptr, &results[i]);
    std::size_t found = 99;
    any_status = tp_wait_any(results, 5, kLong, &found);
    index = found;
    all_status = tp_wait_all(results, 5, kLong);
    for (tp_result_t* result : results) tp_result_release(result);
  });
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(any_status == TP_OK);
  CHECK(index < 5);
  if (workers == 1) CHECK(index == 0);
  CHECK(all_status == TP_OK);
}

TEST_CASE("A task that waits for its own result among others is refused") {
  Gate submitted;
  Result own;
  std::atomic<int> any_status{1}, all_status{1};
  Step task([&] {
    submitted.wait();
    tp_result_t* results[] = {own};
    std::size_t index = 0;
    any_status = tp_wait_any(results, 1, TP_FOREVER, &index);
    all_status = tp_wait_all(results, 1, TP_FOREVER);
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, own.out()) == TP_OK);
  submitted.open();
  CHECK(own.get() == TP_OK);
  CHECK(any_status == TP_EDEADLK);
  CHECK(all_status == TP_EDEADLK);
}

TEST_CASE("A thread outside helps in wait_all when the pool says CALLER_HELPS") {
  Odd task;
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Busy busy(pool, 1);
  Result results[3];
  tp_result_t* handles[3] = {};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(tp_pool_apply_async(pool, &task, &i, nullptr, results[i].out()) == TP_OK);
    handles[i] = results[i];
  }
  std::size_t index = 99;
  CHECK(tp_wait_any(handles, 3, kLong, &index) == TP_OK);
  CHECK(index == 0);
  CHECK(tp_wait_all(handles, 3, kLong) == TP_OK);
}

TEST_CASE("Two tasks that wait for any of each other's results do not hang") {
  const bool completes = GENERATE(false, true);
  Gate submitted;
  Result results[2];
  std::atomic<int> refused{0};
  Task<int, void> task([&](const int* i, void*) {
    submitted.wait();
    tp_result_t* const others[] = {results[1 - *i], results[1 - *i]};
    std::size_t index = 0;
    int status = TP_OK;
    if (completes) {
      tp_completed_t* completed = nullptr;
      if (tp_as_completed(others, 2, &completed) != TP_OK) return 1;
      status = tp_completed_next(completed, TP_FOREVER, &index);
      tp_completed_release(completed);
    } else {
      status = tp_wait_any(others, 2, TP_FOREVER, &index);
    }
    refused += status == TP_EDEADLK;
    return status == TP_OK || status == TP_EDEADLK ? 0 : 1;
  });
  Pool pool(2);
  for (int i = 0; i < 2; ++i)
    REQUIRE(tp_pool_apply_async(pool, &task, &i, nullptr, results[i].out()) == TP_OK);
  submitted.open();
  for (const Result& result : results) CHECK(result.get() == TP_OK);
  CHECK(refused == 1);
}
