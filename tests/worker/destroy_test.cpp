// SPDX-License-Identifier: MIT
// The end of a pool by tp_pool_destroy: with TP_POOL_DRAIN, and within a time.
#include <cmath>

#include "support/test.hpp"

using namespace support;

namespace {

constexpr double kNow = 0;

// Destroys the pool on this thread.
int destroy_within(Pool& pool, double timeout) {
  return tp_pool_destroy_within(pool.give_away(), timeout);
}

}  // namespace

TEST_CASE("With DRAIN destroy runs what was accepted, and its callbacks") {
  const NoThreadLeft check;
  constexpr int kJobs = 200;
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Listening job;
  Pool pool(pool_options(worker_counts(), TP_POOL_DRAIN));
  apply_times(pool, task, kJobs);
  apply_times(pool, task, kJobs, &job);
  pool.destroy();
  CHECK(ran == 2 * kJobs);
  CHECK(job.successes == kJobs);
}

TEST_CASE("With DRAIN destroy runs a loop and an unread stream to their ends") {
  std::atomic<int> ran{0};
  Numbers source(300);
  Task<int, int> task([&](const int*, int* y) { return ++ran, *y = 0; });
  Body body([&](std::size_t begin, std::size_t end) {
    ran += static_cast<int>(end - begin);
    return 0;
  });
  Pool pool(pool_options(worker_counts(), TP_POOL_DRAIN));
  Chunked narrow(1, 2);
  Result stream = imap(pool, task, source, &narrow);
  Result loop = for_async(pool, Body::run, &body, 700);
  pool.destroy();
  CHECK(ran == 1000);
  CHECK(loop.get() == TP_OK);
  CHECK(values_of(stream).size() == 300);
}

TEST_CASE("With DRAIN destroy resumes a paused pool") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(pool_options(worker_counts(), TP_POOL_DRAIN));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  apply_times(pool, task, 10);
  pool.destroy();
  CHECK(ran == 10);
}

TEST_CASE("With DRAIN destroy on one of the pool's workers returns, and the rest runs") {
  const NoThreadLeft check;
  Gone gone;
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Numbers source(50);
  Task<int, int> item([&](const int*, int* y) { return ++ran, *y = 0; });
  Chunked narrow(1, 2);
  Step last([&] {
    tp_pool_pause(tp_worker_pool());
    tp_pool_destroy(tp_worker_pool());
  });
  tp_pool_options_t options = pool_options(worker_counts(), TP_POOL_DRAIN);
  gone.watch(options);
  Pool pool(options);
  {
    Busy busy(pool, options.workers);
    apply_times(pool, task, 20);
    Result stream = imap(pool, item, source, &narrow);
    forget(pool, last);
    pool.give_away();
    busy.open();
    gone.wait();
  }
  CHECK(ran == 70);
}

TEST_CASE("With DRAIN destroy serves a pool without threads itself") {
  std::atomic<int> ran{0}, failed{0};
  std::thread::id on;
  Step task([&] { ++ran, on = std::this_thread::get_id(); });
  Task<void, void> nobodys([](const void*, void*) { return 0; });
  nobodys.fn = nullptr;
  Listening job([&](tp_result_t* result) { failed += tp_result_error(result) != nullptr; });
  Pool pool(pool_options(2, TP_POOL_DRAIN | TP_POOL_NO_THREADS));
  apply_times(pool, task, 10);
  forget(pool, nobodys, &job);
  pool.destroy();
  CHECK(ran == 10);
  CHECK(on == std::this_thread::get_id());
  CHECK(failed == 1);
}

TEST_CASE("With DRAIN destroy runs manual callbacks on its own thread") {
  std::thread::id on;
  Step task([] {});
  Listening job([&](tp_result_t*) { on = std::this_thread::get_id(); });
  Pool pool(pool_options(worker_counts(), TP_POOL_DRAIN | TP_POOL_MANUAL_CALLBACKS));
  apply_times(pool, task, 10, &job);
  pool.destroy();
  CHECK(job.successes == 10);
  CHECK(on == std::this_thread::get_id());
}

TEST_CASE("A pool with DRAIN that was terminated before gives up what had not started") {
  Step task([] {});
  Listening job;
  Pool pool(pool_options(1, TP_POOL_DRAIN));
  {
    Busy busy(pool, 1);
    forget(pool, task, &job);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
  }
  pool.destroy();
  CHECK(job.failures == 1);
}

TEST_CASE("destroy_within ends the pool when its tasks return in time") {
  const NoThreadLeft check;
  Gone gone;
  tp_pool_options_t options = pool_options(worker_counts());
  gone.watch(options);
  Patient task;
  Pool pool(options);
  Result result = apply_async(pool, task);
  task.started.wait(1);
  CHECK(destroy_within(pool, kLong) == TP_OK);
  gone.wait();
  CHECK(result.get() == TP_OK);
}

TEST_CASE("destroy_within gives the pool up when a task goes on, and the last worker frees it") {
  const NoThreadLeft check;
  const double timeout = GENERATE(as<double>{}, kNow, -1.0, kShort);
  Gone gone;
  tp_pool_options_t options = pool_options(worker_counts());
  gone.watch(options);
  HeldStep held;
  Step task([] {});
  Listening job;
  Pool pool(options);
  Result result = apply_async(pool, held);
  held.gate.await(1);
  // none of the other workers is free either
  apply_times(pool, held, options.workers - 1);
  held.gate.await(static_cast<int>(options.workers));
  Result cut = apply_async(pool, task, &job);
  CHECK(destroy_within(pool, timeout) == TP_ETIMEDOUT);
  CHECK(cut.get() == TP_ETERMINATED);
  CHECK(tp_result_ready(result) == 0);
  held.gate.open();
  gone.wait();
  CHECK(result.get() == TP_OK);
  CHECK(job.failures == 1);
}

TEST_CASE("After destroy_within a pool with DRAIN runs what was accepted") {
  const NoThreadLeft check;
  Gone gone;
  tp_pool_options_t options = pool_options(worker_counts(), TP_POOL_DRAIN);
  gone.watch(options);
  std::atomic<int> ran{0};
  HeldStep held;
  Step task([&] { ++ran; });
  Pool pool(options);
  for (std::size_t i = 0; i < options.workers; ++i) forget(pool, held);
  held.gate.await(static_cast<int>(options.workers));
  apply_times(pool, task, 30);
  CHECK(destroy_within(pool, kShort) == TP_ETIMEDOUT);
  CHECK(ran == 0);
  held.gate.open();
  gone.wait();
  CHECK(ran == 30);
}

TEST_CASE("After destroy_within manual callbacks run on workers") {
  const NoThreadLeft check;
  Gone gone;
  tp_pool_options_t options = pool_options(worker_counts(), TP_POOL_MANUAL_CALLBACKS);
  gone.watch(options);
  HeldStep held;
  std::atomic<bool> outside{false};
  Listening job([&](tp_result_t*) { outside = tp_worker_index() == -1; });
  Pool pool(options);
  Result result = apply_async(pool, held, &job);
  held.gate.await(1);
  CHECK(destroy_within(pool, kNow) == TP_ETIMEDOUT);
  held.gate.open();
  gone.wait();
  CHECK(job.successes == 1);
  CHECK(!outside);
}

TEST_CASE("destroy_within of a pool without threads: the last thread that serves it frees it") {
  Gone gone;
  tp_pool_options_t options = pool_options(1, TP_POOL_NO_THREADS);
  gone.watch(options);
  HeldStep held;
  Pool pool(options);
  forget(pool, held);
  tp_pool_t* const served = pool;
  std::thread host([&] { CHECK(tp_worker_enter(served, nullptr, kLong, nullptr) == TP_END); });
  held.gate.await(1);
  CHECK(destroy_within(pool, kShort) == TP_ETIMEDOUT);
  held.gate.open();
  host.join();
  gone.wait();
}

TEST_CASE("destroy_within on one of the pool's workers does not wait") {
  Gone gone;
  tp_pool_options_t options = pool_options(worker_counts());
  gone.watch(options);
  std::atomic<int> status{1};
  Step task([&] { status = tp_pool_destroy_within(tp_worker_pool(), kLong); });
  Pool pool(options);
  forget(pool, task);
  pool.give_away();
  gone.wait();
  CHECK(status == TP_OK);
}

TEST_CASE("destroy_within with NaN leaves the pool as it is") {
  Step task([] {});
  Pool pool(1);
  CHECK(tp_pool_destroy_within(pool, NAN) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("NaN") != std::string::npos);
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}
