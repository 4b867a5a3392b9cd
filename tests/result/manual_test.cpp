// SPDX-License-Identifier: MIT
// Callbacks that run where the host asks for them.
#include "support/test.hpp"

using namespace support;

namespace {

tp_pool_options_t manual(std::size_t workers) {
  return pool_options(workers, TP_POOL_MANUAL_CALLBACKS);
}

bool is_readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, 0) == 1 && (one.revents & POLLIN) != 0;
}

// Waits until the descriptor is readable, as a loop would.
void poll_in(int fd) {
  pollfd one{fd, POLLIN, 0};
  REQUIRE(poll(&one, 1, 60'000) == 1);
}

// Notes which thread its callbacks run on.
struct Noted {
  Noted() {
    job.listen([this](tp_result_t*) { threads.push_back(std::this_thread::get_id()); });
  }
  Job job;
  std::vector<std::thread::id> threads;
};

}  // namespace

TEST_CASE("Manual callbacks run on the thread that asks for them, and their jobs are ready then") {
  Odd odd;
  Noted noted;
  Pool pool(manual(worker_counts()));
  Result results[3];
  for (int i = 0; i < 3; ++i)
    REQUIRE(tp_pool_apply_async(pool, &odd, &i, &noted.job, results[i].out()) == TP_OK);
  std::size_t all = 0;
  while (all < 3) {
    std::size_t ran = 0;
    REQUIRE(tp_pool_run_callbacks(pool, kLong, &ran) == TP_OK);
    REQUIRE(ran > 0);
    all += ran;
  }
  CHECK(noted.threads == std::vector<std::thread::id>(3, std::this_thread::get_id()));
  for (const Result& result : results) CHECK(tp_result_ready(result) == 1);
  CHECK(stats_of(pool).callbacks == 3);
}

TEST_CASE("A job whose manual callback is due is not ready") {
  int fd = -1;
  Odd odd;
  Noted noted;
  Pool pool(manual(2));
  REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
  Result result = apply_item(pool, odd, 1, &noted.job);
  poll_in(fd);
  CHECK(tp_result_ready(result) == 0);
  CHECK(noted.threads.empty());
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, 0, &ran) == TP_OK);
  CHECK(ran == 1);
  CHECK(tp_result_ready(result) == 1);
}

TEST_CASE("The descriptor is readable exactly while manual callbacks are due") {
  int fd = -1, again = -1;
  Odd odd;
  Noted noted;
  Pool pool(manual(worker_counts()));
  REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
  REQUIRE(tp_pool_fd(pool, &again) == TP_OK);
  CHECK(again == fd);
  for (int round = 0; round < 10; ++round) {
    CHECK_FALSE(is_readable(fd));
    forget_item(pool, odd, round, &noted.job);
    poll_in(fd);
    CHECK(is_readable(fd));
    std::size_t ran = 0;
    REQUIRE(tp_pool_run_callbacks(pool, 0, &ran) == TP_OK);
    REQUIRE(ran == 1);
  }
  CHECK_FALSE(is_readable(fd));
}

TEST_CASE("A descriptor that is first asked for while callbacks are due is readable") {
  int fd = -1;
  Odd odd;
  Noted noted;
  Pool pool(manual(1));
  forget_item(pool, odd, 1, &noted.job);
  // the second task starts when the first has ended, callback and all but its run
  Step step([] {});
  REQUIRE(tp_pool_apply(pool, &step, nullptr, nullptr) == TP_OK);
  REQUIRE(tp_pool_fd(pool, &fd) == TP_OK);
  CHECK(is_readable(fd));
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK_FALSE(is_readable(fd));
}

TEST_CASE("Who waits outside for a job runs its manual callback") {
  Odd odd;
  Noted noted;
  Pool pool(manual(worker_counts()));
  Result result = apply_item(pool, odd, 1, &noted.job);
  CHECK(*result.values<int>() == 3);
  CHECK(noted.threads == std::vector<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("Who waits for the pool runs all manual callbacks") {
  Odd odd;
  Noted noted;
  const bool idle = GENERATE(true, false);
  Pool pool(manual(worker_counts()));
  for (int i = 0; i < 50; ++i) forget_item(pool, odd, i, &noted.job);
  if (idle)
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  else
    pool.finish();
  CHECK(noted.threads == std::vector<std::thread::id>(50, std::this_thread::get_id()));
}

TEST_CASE("destroy runs the callbacks of terminated jobs, on its thread") {
  std::vector<int> outcomes;
  Listening job(
      [&](tp_result_t* result) { outcomes.push_back(tp_error_status(tp_result_error(result))); });
  Odd odd;
  {
    Pool pool(manual(2));
    Busy busy(pool, 2);
    for (int i = 0; i < 5; ++i) forget_item(pool, odd, i, &job);
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    busy.open();
  }
  CHECK(outcomes == std::vector<int>(5, TP_ETERMINATED));
}

TEST_CASE("A manual callback may submit, and wait for another job with one") {
  int second_ran = 0;
  Odd odd;
  Listening second([&](tp_result_t*) { ++second_ran; });
  Pool pool(manual(worker_counts()));
  Listening first([&](tp_result_t*) {
    Result other;
    const int item = 2;
    CHECK(tp_pool_apply_async(pool, &odd, &item, &second, other.out()) == TP_OK);
    CHECK(tp_result_wait(other, kLong) == TP_OK);
  });
  const int item = 1;
  forget_item(pool, odd, item, &first);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(second_ran == 1);
}

TEST_CASE("run_callbacks tells that none came, or that none will") {
  std::size_t ran = 7;
  Pool pool(manual(worker_counts()));
  CHECK(tp_pool_run_callbacks(pool, 0, &ran) == TP_OK);
  CHECK(ran == 0);
  CHECK(tp_pool_run_callbacks(pool, kShort, nullptr) == TP_ETIMEDOUT);
  pool.finish();
  CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_END);
}

TEST_CASE("run_callbacks waits for the first callback") {
  Gate gate;
  Step task([&] { gate.wait(); });
  Noted noted;
  Pool pool(manual(worker_counts()));
  forget(pool, task, &noted.job);
  std::thread opener([&] { gate.open(); });
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_OK);
  CHECK(ran == 1);
  opener.join();
}

TEST_CASE("run_callbacks is refused inside a task, and without the flag") {
  int in_task = 1, in_callback = 1;
  Pool other(2);
  CHECK(tp_pool_run_callbacks(other, 0, nullptr) == TP_EINVAL);
  int fd = 5;
  CHECK(tp_pool_fd(other, &fd) == TP_EINVAL);
  CHECK(fd == -1);
  Pool pool(manual(2));
  Step task([&] { in_task = tp_pool_run_callbacks(pool, 0, nullptr); });
  Listening job([&](tp_result_t*) { in_callback = tp_pool_run_callbacks(pool, 0, nullptr); });
  forget(pool, task, &job);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(in_task == TP_EDEADLK);
  CHECK(in_callback == TP_OK);
  CHECK(tp_pool_run_callbacks(pool, std::numeric_limits<double>::quiet_NaN(), nullptr) ==
        TP_EINVAL);
}

TEST_CASE("A pool with manual callbacks that a task destroys ends with its callbacks run") {
  std::atomic<int> called{0};
  Arrivals told;
  Listening job([&](tp_result_t*) {
    ++called;
    told.arrive();
  });
  tp_pool_t* pool = nullptr;
  const tp_pool_options_t options = manual(2);
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  Step task([&] { tp_pool_destroy(pool); });
  forget(pool, task, &job);
  told.wait(1);
  CHECK(called == 1);
}
