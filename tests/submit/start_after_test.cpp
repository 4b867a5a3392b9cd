// SPDX-License-Identifier: MIT
// Jobs that may not start before a time: until then they count as queued, and every end reaches them.
#include <chrono>

#include "dues.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

constexpr double kFar = 1000.0;  // a start that never comes
constexpr double kSoon = 0.02;

struct Later : Job {
  explicit Later(double seconds) { start_after = seconds; }
};

// A task that notes its items in the order in which they run.
class Noting : public Task<int, void> {
 public:
  Noting()
      : Task([this](const int* x, void*) {
          const std::lock_guard<std::mutex> lock(mutex_);
          return order.push_back(*x), 0;
        }) {}

  std::vector<int> order;

 private:
  std::mutex mutex_;
};

double now() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(time).count();
}

}  // namespace

TEST_CASE("Jobs of every kind start after their time") {
  const std::vector<int> items = range(50);
  std::vector<int> values(50);
  std::atomic<double> first{0};
  Task<int, int> task([&](const int* x, int* y) {
    double none = 0;
    first.compare_exchange_strong(none, now());
    return *y = 2 * *x + 1, 0;
  });
  Body body([&](std::size_t, std::size_t) {
    double none = 0;
    first.compare_exchange_strong(none, now());
    return 0;
  });
  Numbers source(50);
  Later job(kSoon);
  Pool pool(worker_counts());
  const int kind = GENERATE(0, 1, 2, 3, 4, 5);
  const double before = now();
  if (kind == 0) {
    CHECK(*apply_item(pool, task, items[3], &job).values<int>() == 7);
  } else if (kind == 1) {
    CHECK(map_async(pool, task, items.data(), 50, &job).values<int>()[49] == 99);
  } else if (kind == 2) {
    CHECK(for_async(pool, Body::run, &body, 50, &job).get() == TP_OK);
  } else if (kind == 3) {
    CHECK(values_of(imap(pool, task, source, &job)) == odds(50));
  } else if (kind == 4) {
    CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 50, &job) == TP_OK);
    CHECK(values == odds(50));
  } else {
    forget_item(pool, task, items[0], &job);
    CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  }
  CHECK(first - before >= kSoon);
}

TEST_CASE("A job that may not start yet counts as queued and holds up neither others nor a poll") {
  Odd task;
  const int item = 1;
  Later job(kFar);
  Pool pool(worker_counts());
  Result later = apply_item(pool, task, item, &job);
  Result stream;
  Numbers source(3);
  REQUIRE(tp_pool_imap(pool, &task, source.pull, &source, &job, stream.out()) == TP_OK);
  CHECK(*apply_item(pool, task, item).values<int>() == 3);
  CHECK(stats_of(pool).queued == 1);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  CHECK(tp_result_get(later, kShort, nullptr) == TP_ETIMEDOUT);
  int value = 0;
  CHECK(tp_result_next(stream, kShort, &value) == TP_ETIMEDOUT);
  CHECK(source.pulled == 0);
}

TEST_CASE("Cancel and deadline and terminate reach a job that may not start yet") {
  const int how = GENERATE(0, 1, 2);
  const std::vector<int> items = range(20);
  Task<int, int> task([](const int*, int*) { return give_up("no item may run"), 0; });
  task.count_drops();
  Body body([](std::size_t, std::size_t) { return give_up("no chunk may run"), 0; });
  Numbers source(5);
  Job job, streaming;
  job.listen();
  const double start = GENERATE(as<double>{}, kFar, TP_FOREVER);
  for (Job* const each : {&job, &streaming}) {
    each->start_after = start;
    if (how == 1) each->deadline = kShort;
  }
  streaming.source_drop = Numbers::drop;
  Pool pool(worker_counts());
  Result results[] = {
      apply_item(pool, task, items[0], &job), map_async(pool, task, items.data(), 20, &job),
      for_async(pool, Body::run, &body, 20, &job), imap(pool, task, source, &streaming)};
  forget_item(pool, task, items[0], &job);
  if (how == 0)
    for (Result& result : results) CHECK(tp_result_cancel(result) == TP_OK);
  const int wanted = how == 0 ? TP_ECANCELED : how == 1 ? TP_ETIMEDOUT : TP_ETERMINATED;
  if (how != 1) CHECK(tp_pool_terminate(pool) == TP_OK);
  for (int i = 0; i < 3; ++i) CHECK(results[i].get() == wanted);
  CHECK(tp_result_next(results[3], kLong, nullptr) == wanted);
  CHECK(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(job.failures == 4);
  CHECK(task.drops == 4);
  CHECK(source.drops == 1);
}

TEST_CASE("A closed pool runs what may start later") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Later job(kSoon);
  Pool pool(worker_counts());
  apply_times(pool, task, 20, &job);
  pool.finish();
  CHECK(ran == 20);
}

TEST_CASE("Jobs start in the order of their times") {
  Dues dues(10);
  Noting task;
  Pool pool(1);
  for (int i = 9; i >= 0; --i) {
    Later job(kSoon * (i + 1));
    dues.note(static_cast<std::size_t>(i), job.start_after,
              [&] { forget_item(pool, task, i, &job); });
  }
  pool.finish();
  CAPTURE(task.order);
  CHECK(dues.allow({task.order.begin(), task.order.end()}));
}

TEST_CASE("A task may wait for a job that starts later, which its own worker then runs") {
  Odd later;
  const int item = 3;
  Later job(kSoon);
  std::atomic<int> status{1};
  Step waits([&] {
    tp_result_t* result = nullptr;
    status = tp_pool_apply_async(tp_worker_pool(), &later, &item, &job, &result);
    if (status == TP_OK) status = tp_result_get(result, kLong, nullptr);
    tp_result_release(result);
  });
  Pool pool(worker_counts());
  CHECK(apply_async(pool, waits).get() == TP_OK);
  CHECK(status == TP_OK);
}

TEST_CASE("A pause holds a job whose time comes meanwhile, and levels hold for it") {
  Noting task;
  Pool pool(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  Later background(kShort), urgent(kShort);
  background.flags = TP_JOB_BACKGROUND;
  urgent.flags = TP_JOB_URGENT;
  forget_item(pool, task, 1, &background);
  forget_item(pool, task, 0, &urgent);
  CHECK(tp_pool_wait_idle(pool, 4 * kShort) == TP_ETIMEDOUT);
  CHECK(task.order.empty());
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(task.order == range(2));
}

TEST_CASE("In a pool without threads those that serve or help start a job in time") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Later job(kSoon);
  Pool pool(pool_options(1, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS));
  forget(pool, task, &job);
  std::size_t served = 0;
  CHECK(tp_worker_enter(pool, nullptr, 0, &served) == TP_OK);
  CHECK(served == 0);
  CHECK(apply_async(pool, task, &job).get() == TP_OK);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(tp_worker_enter(pool, nullptr, kLong, &served) == TP_END);
  CHECK(ran == 2);
}

TEST_CASE("Thousands of jobs that start at once from many threads run once each") {
  constexpr std::size_t kThreads = 4, kJobs = 500;
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Later job(kShort);
  Pool pool(worker_counts());
  in_threads(kThreads, [&] {
    for (std::size_t i = 0; i < kJobs; ++i)
      if (tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) != TP_OK) give_up("a submit");
  });
  pool.finish();
  CHECK(ran == kThreads * kJobs);
}

TEST_CASE("Jobs that may start later are cut while terminate comes from another thread") {
  for (int round = 0; round < 30; ++round) {
    Step task([] {});
    Later job(kFar);
    job.listen();
    std::atomic<int> accepted{0};
    Pool pool(2);
    Gate start;
    std::thread ends([&] {
      start.wait();
      tp_pool_terminate(pool);
    });
    start.open();
    while (tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) == TP_OK) ++accepted;
    ends.join();
    CHECK(tp_pool_join(pool, kLong) == TP_OK);
    CHECK(job.failures == accepted);
  }
}

TEST_CASE("The handle is written before the task can start") {
  std::atomic<int> wrong{0};
  struct Own {
    tp_result_t* result = nullptr;
    std::atomic<int>* wrong = nullptr;
  };
  Task<Own*, int> task([](Own* const* own, int* y) {
    if ((*own)->result == nullptr) ++*(*own)->wrong;
    std::size_t done = 0, total = 0;
    if (tp_result_progress((*own)->result, &done, &total) != TP_OK || total != 1) ++*(*own)->wrong;
    return *y = 0;
  });
  Pool pool(worker_counts());
  for (int i = 0; i < 500; ++i) {
    Own own;
    own.wrong = &wrong;
    Own* const item = &own;
    REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, &own.result) == TP_OK);
    REQUIRE(tp_result_wait(own.result, kLong) == TP_OK);
    tp_result_release(own.result);
  }
  CHECK(wrong == 0);
}
