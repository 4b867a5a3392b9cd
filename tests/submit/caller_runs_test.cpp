// SPDX-License-Identifier: MIT
// A full pool: TP_JOB_CALLER_RUNS runs the job in the submitting thread, submit_timeout limits the wait for room.
#include <cmath>

#include "support/test.hpp"

using namespace support;

namespace {

tp_pool_options_t bounded(std::size_t workers, std::uint32_t flags = 0) {
  tp_pool_options_t options = pool_options(workers, flags);
  options.max_pending = workers;
  return options;
}

struct CallerRuns : Job {
  CallerRuns() : Job(TP_JOB_CALLER_RUNS) {}
};

struct Impatient : Job {
  explicit Impatient(double seconds, std::uint32_t job_flags = 0) : Job(job_flags) {
    submit_timeout = seconds;
  }
};

// A task that notes on which thread its items run.
struct Noting : Task<int, int> {
  Noting()
      : Task([this](const int* x, int* y) {
          here += std::this_thread::get_id() == owner;
          ++ran;
          return *y = *x + 1, 0;
        }) {}
  const std::thread::id owner = std::this_thread::get_id();
  std::atomic<int> here{0}, ran{0};
};

}  // namespace

TEST_CASE("Without room the submitting thread runs an apply and its callback before it returns") {
  const std::thread::id owner = std::this_thread::get_id();
  Noting task;
  std::thread::id called;
  CallerRuns job;
  job.listen([&](tp_result_t*) { called = std::this_thread::get_id(); });
  Pool pool(bounded(worker_counts()));
  std::size_t workers = 0;
  REQUIRE(tp_pool_workers(pool, &workers) == TP_OK);
  Busy busy(pool, workers);
  const int item = 4;
  Result result = apply_item(pool, task, item, &job);
  CHECK(task.here == 1);
  CHECK(called == owner);
  CHECK(job.successes == 1);
  CHECK(tp_result_ready(result) == 1);
  CHECK(*result.values<int>() == 5);
  forget_item(pool, task, item, &job);
  Job plain(TP_JOB_CALLER_RUNS);
  forget_item(pool, task, item, &plain);
  CHECK(task.here == 3);
  CHECK(stats_of(pool).completed == 3);
  CHECK(stats_of(pool).submitted == workers + 3);
}

TEST_CASE("Without room the submitting thread runs all items of a loop") {
  constexpr std::size_t kItems = 1000;
  const std::vector<int> items = range(kItems);
  std::vector<int> values(kItems);
  Noting task;
  std::atomic<std::size_t> looped{0};
  const std::thread::id owner = std::this_thread::get_id();
  Body body([&](std::size_t begin, std::size_t end) {
    if (std::this_thread::get_id() == owner) looped += end - begin;
    return 0;
  });
  CallerRuns job, chunked;
  chunked.chunksize = 7;
  const std::size_t workers = worker_counts();
  Pool pool(bounded(workers));
  Busy busy(pool, workers);
  for (Job* const each : {static_cast<Job*>(&job), static_cast<Job*>(&chunked)}) {
    task.here = 0;
    looped = 0;
    Result mapped = map_async(pool, task, items.data(), kItems, each);
    CHECK(tp_result_ready(mapped) == 1);
    CHECK(mapped.values<int>()[kItems - 1] == int{kItems});
    CHECK(tp_pool_map(pool, &task, items.data(), values.data(), kItems, each) == TP_OK);
    CHECK(values[kItems - 1] == int{kItems});
    CHECK(task.here == 2 * kItems);
    Result loop = for_async(pool, Body::run, &body, kItems, each);
    CHECK(loop.get() == TP_OK);
    CHECK(tp_pool_for(pool, Body::run, &body, kItems, each) == TP_OK);
    CHECK(looped == 2 * kItems);
  }
  Result none = map_async(pool, task, nullptr, 0, &job);
  CHECK(none.get() == TP_OK);
}

TEST_CASE("With room a job of CALLER_RUNS is queued like any other") {
  Noting task;
  CallerRuns job;
  const int item = 1;
  Pool pool(bounded(1));
  Result result = apply_item(pool, task, item, &job);
  CHECK(result.get() == TP_OK);
  CHECK(task.here == 0);
}

TEST_CASE(
    "A job that the submitting thread runs may fail and may be asked to stop at its deadline") {
  CallerRuns job;
  job.listen();
  job.deadline = kShort;
  Task<void, void> fails([](const void*, void*) { return 7; });
  Step patient(await_stop);
  Task<int, void> item([](const int* x, void*) {
    if (*x == 3) await_stop();
    return 0;
  });
  const std::vector<int> items = range(10);
  Pool pool(bounded(2));
  Busy busy(pool, 2);
  CallerRuns plain;
  CHECK(apply_async(pool, fails, &plain).get() == TP_ETASK);
  CHECK(apply_async(pool, patient, &job).get() == TP_ETIMEDOUT);
  Result cut = map_async(pool, item, items.data(), items.size(), &job);
  CHECK(cut.get() == TP_ETIMEDOUT);
  CHECK(tp_result_item_status(cut, 0) == TP_OK);
  CHECK(tp_result_item_status(cut, 9) == TP_ETIMEDOUT);
  CHECK(job.failures == 2);
}

TEST_CASE("A job that ends the thread that runs it is lost, and nothing leaks") {
  CallerRuns job;
  job.listen();
  std::atomic<int> ran{0};
  Task<void, void> leaves([](const void*, void*) -> int { pthread_exit(nullptr); });
  Task<int, void> item([&](const int* x, void*) {
    ++ran;
    if (*x == 2) pthread_exit(nullptr);
    return 0;
  });
  const std::vector<int> items = range(10);
  Pool pool(bounded(1));
  Busy busy(pool, 1);
  tp_result_t* result = nullptr;
  in_thread([&] { tp_pool_apply_async(pool, &leaves, nullptr, &job, &result); });
  CHECK(result == nullptr);
  in_thread([&] { tp_pool_map_async(pool, &item, items.data(), 10, &job, &result); });
  CHECK(result == nullptr);
  CallerRuns plain;
  in_thread([&] { tp_pool_map(pool, &item, items.data(), nullptr, 10, &plain); });
  busy.end();
  pool.finish();
  CHECK(job.failures == 2);
  CHECK(ran == 13);
}

TEST_CASE("submit_timeout ends the wait for room with EAGAIN, or runs the job") {
  Noting task;
  const int item = 1;
  Impatient job(kShort), runs(kShort, TP_JOB_CALLER_RUNS), none(kLong, TP_JOB_TRY);
  Pool pool(bounded(2));
  Busy busy(pool, 2);
  Result result;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_EAGAIN);
  CHECK(result == nullptr);
  CHECK(tp_pool_apply_async(pool, &task, &item, &none, result.out()) == TP_EAGAIN);
  CHECK(tp_pool_map(pool, &task, &item, nullptr, 0, &job) == TP_EAGAIN);
  CHECK(tp_pool_apply_async(pool, &task, &item, &runs, result.out()) == TP_OK);
  CHECK(task.here == 1);
  // the earlier of the two times decides
  job.deadline = kLong;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_EAGAIN);
  job.deadline = kShort / 2;
  job.submit_timeout = kLong;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_ETIMEDOUT);
  busy.end();
  job.deadline = 0;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_OK);
}

TEST_CASE("CALLER_RUNS is refused for streams, with TRY and with a start") {
  Odd task;
  Numbers source(1);
  const int item = 1;
  Pool pool(1);
  CallerRuns job;
  CHECK(tp_pool_imap(pool, &task, source.pull, &source, &job, nullptr) == TP_EINVAL);
  job.flags |= TP_JOB_TRY;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_EINVAL);
  CHECK(std::string(tp_error_message(tp_last_error())).find("TP_JOB_TRY") != std::string::npos);
  job.flags = TP_JOB_CALLER_RUNS;
  job.start_after = 1;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, nullptr) == TP_EINVAL);
  CHECK(stats_of(pool).submitted == 0);
}

TEST_CASE("Many threads that submit to a small pool with CALLER_RUNS run everything once") {
  constexpr std::size_t kThreads = 4, kJobs = 300;
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  CallerRuns job;
  Pool pool(bounded(worker_counts()));
  in_threads(kThreads, [&] {
    for (std::size_t i = 0; i < kJobs; ++i)
      if (tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) != TP_OK) give_up("a submit");
  });
  pool.finish();
  CHECK(ran == kThreads * kJobs);
}
