// SPDX-License-Identifier: MIT
// A paused pool starts nothing, ends what has begun, and goes on when it is resumed.
#include "support/test.hpp"

using namespace support;

namespace {

// Jobs of all kinds at all priorities, of kItems items.
class Jobs {
 public:
  static constexpr int kItems = 3 * 6;

  void submit(tp_pool_t* pool) { REQUIRE(try_submit(pool) == 0); }
  // How many were refused.
  int try_submit(tp_pool_t* pool) {
    int refused = 0;
    for (const std::uint32_t level : {0u, TP_JOB_URGENT, TP_JOB_BACKGROUND}) {
      Job job(level);
      sources_.push_back(std::make_unique<Numbers>(2));
      auto* const source = sources_.back().get();
      for (const int status : {tp_pool_apply_async(pool, &task_, items_, &job, nullptr),
                               tp_pool_apply_async(pool, &task_, items_, &job, keep()),
                               tp_pool_map_async(pool, &task_, items_, 2, &job, keep()),
                               tp_pool_imap(pool, &task_, Numbers::pull, source, &job, nullptr)})
        refused += status != TP_OK;
    }
    return refused;
  }
  // What all those with a handle have ended in.
  std::vector<int> statuses() const {
    std::vector<int> all;
    for (const Result& result : results_) all.push_back(result.get());
    return all;
  }

  std::atomic<int> ran{0};

 private:
  tp_result_t** keep() {
    results_.emplace_back();
    return results_.back().out();
  }

  const int items_[2] = {1, 2};
  Task<int, void> task_{[this](const int*, void*) { return ++ran, 0; }};
  std::vector<std::unique_ptr<Numbers>> sources_;
  std::vector<Result> results_;
};

}  // namespace

TEST_CASE("A paused pool accepts jobs and starts none until it is resumed") {
  Jobs jobs;
  Pool pool(worker_counts());
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  CHECK(tp_pool_pause(pool) == TP_OK);
  CHECK(stats_of(pool).paused == 1);
  jobs.submit(pool);
  await_others_asleep();
  CHECK(jobs.ran == 0);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(stats_of(pool).paused == 0);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(jobs.ran == Jobs::kItems);
}

TEST_CASE("What is submitted to a paused pool wakes no worker") {
  Step work([] {});
  Pool pool(2);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  await_others_asleep();
  const std::uint64_t parks = stats_of(pool).parks;
  apply_times(pool, work, 100);
  await_others_asleep();
  CHECK(stats_of(pool).parks == parks);
  CHECK(stats_of(pool).queued == 100);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("What runs when the pool is paused ends and its callback runs") {
  HeldStep held;
  Listening job;
  Jobs jobs;
  Pool pool(2);
  Result result = apply_async(pool, held, &job);
  held.gate.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.submit(pool);
  held.gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(job.successes == 1);
  CHECK(jobs.ran == 0);
}

TEST_CASE("A loop that is running stops after the chunk and goes on when it is resumed") {
  const std::size_t workers = worker_counts();
  Gate stile;
  std::atomic<int> ran{0};
  Task<int, void> task([&](const int*, void*) { return ++ran, stile.wait(), 0; });
  Pool pool(workers);
  std::vector<int> items(4 * workers);
  Chunked job(1);
  Result result = map_async(pool, task, items.data(), items.size(), &job);
  stile.await(static_cast<int>(workers));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  stile.open();
  await("the running chunks to end", [&] { return stats_of(pool).busy == 0; });
  await_others_asleep();
  CHECK(ran == static_cast<int>(workers));
  CHECK(tp_result_wait(result, kShort) == TP_ETIMEDOUT);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(result.get() == TP_OK);
  CHECK(ran == static_cast<int>(items.size()));
}

TEST_CASE("A stream that is running stops after the chunk and goes on when it is resumed") {
  const std::size_t chunk = GENERATE(as<std::size_t>{}, 0, 3);
  Gate stile;
  std::atomic<int> ran{0};
  Task<int, void> task([&](const int*, void*) { return ++ran, stile.wait(), 0; });
  Numbers numbers(20);
  Pool pool(1);
  Chunked job(chunk);
  Result stream = imap(pool, task, numbers, &job);
  stile.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  stile.open();
  await("the running chunk to end", [&] { return stats_of(pool).busy == 0; });
  await_others_asleep();
  CHECK(ran == (chunk ? static_cast<int>(chunk) : 1));
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  for (int i = 0; i < 20; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
}

TEST_CASE("Queued tasks that a worker has claimed wait for the end of the pause") {
  Gate stile;
  std::atomic<int> ran{0};
  Step held([&] { stile.wait(); });
  Step quick([&] { ++ran; });
  Pool pool(1);
  Busy busy(pool, 1);
  const auto submit = [&](const tp_task_t& task, int count) { apply_times(pool, task, count); };
  submit(quick, 300);  // claims grow
  submit(held, 1);
  submit(quick, 300);
  busy.end();
  stile.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  stile.open();
  await("the running task to end", [&] { return stats_of(pool).busy == 0; });
  await_others_asleep();
  CHECK(ran == 300);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 600);
}

TEST_CASE("A task that waits in a paused pool runs what it waits for") {
  Gate paused;
  std::atomic<int> ran{0}, wrong{0};  // the checks are the main thread's
  Task<int, void> item([&](const int*, void*) { return ++ran, 0; });
  Numbers numbers(10);
  Pool pool(1);
  Step waits([&] {
    paused.wait();
    const std::vector<int> items(10);
    wrong += tp_pool_map(pool, &item, items.data(), nullptr, 10, nullptr) != TP_OK;
    Result single, loop, stream;
    wrong += tp_pool_apply_async(pool, &item, items.data(), nullptr, single.out()) != TP_OK;
    wrong += tp_pool_map_async(pool, &item, items.data(), 10, nullptr, loop.out()) != TP_OK;
    wrong += tp_pool_imap(pool, &item, Numbers::pull, &numbers, nullptr, stream.out()) != TP_OK;
    wrong += single.get() != TP_OK;
    wrong += loop.get() != TP_OK;
    for (int i = 0; i < 10; ++i) wrong += tp_result_next(stream, kLong, nullptr) != TP_OK;
  });
  Result result = apply_async(pool, waits);
  paused.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  paused.open();
  CHECK(result.get() == TP_OK);
  CHECK(wrong == 0);
  CHECK(ran == 31);
}

TEST_CASE("A caller that helps runs its own items in a paused pool") {
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int*) { return ++ran, 0; });
  Pool pool(pool_options(2, TP_POOL_CALLER_HELPS));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  std::vector<int> items(10), values(10);
  CHECK(tp_pool_apply(pool, &task, items.data(), values.data()) == TP_OK);
  Chunked job(2);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 10, &job) == TP_OK);
  CHECK(ran == 11);
}

TEST_CASE("Cancelled jobs of a paused pool end") {
  Jobs jobs;
  Pool pool(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  Step work([] {});
  Listening job;
  Result result = apply_async(pool, work, &job);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(result.get() == TP_ECANCELED);
  CHECK(job.failures == 1);
}

TEST_CASE("A pool that is closed while paused waits and join lifts the pause") {
  Jobs jobs;
  Pool pool(worker_counts());
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.submit(pool);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_pause(pool) == TP_OK);
  await_others_asleep();
  CHECK(jobs.ran == 0);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(jobs.ran == Jobs::kItems);
  CHECK(tp_pool_pause(pool) == TP_ECLOSED);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(stats_of(pool).paused == 0);
}

TEST_CASE("terminate ends everything in a paused pool") {
  Jobs jobs;
  Pool pool(worker_counts());
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.submit(pool);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_pool_pause(pool) == TP_ECLOSED);
  for (const int status : jobs.statuses()) CHECK(status == TP_ETERMINATED);
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(jobs.ran == 0);
}

TEST_CASE("destroy ends a paused pool also from one of its own tasks") {
  Jobs jobs;
  const bool inside = GENERATE(false, true);
  const NoThreadLeft check;
  Gate stile;
  Gone gone;
  tp_pool_options_t options = pool_options(2);
  gone.watch(options);
  Pool pool(options);
  tp_pool_t* const handle = pool;
  Step ends([&] {
    stile.wait();
    if (inside) tp_pool_destroy(handle);
  });
  forget(pool, ends);
  stile.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.submit(pool);
  stile.open();
  if (inside)
    pool.give_away();
  else
    pool.destroy();
  gone.wait();
  for (const int status : jobs.statuses()) CHECK(status == TP_ETERMINATED);
}

TEST_CASE("A task may pause its pool and a callback may resume it") {
  Jobs jobs;
  std::atomic<int> wrong{0};
  Pool pool(1);
  Step pauses([&] { wrong += tp_pool_pause(pool) != TP_OK; });
  Listening job([&](tp_result_t*) {
    wrong += jobs.try_submit(pool);
    wrong += tp_pool_resume(pool) != TP_OK;
  });
  forget(pool, pauses, &job);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(wrong == 0);
  CHECK(jobs.ran == Jobs::kItems);
}

TEST_CASE("Threads of the host that serve a paused pool run nothing and come back in time") {
  Jobs jobs;
  Pool pool(pool_options(2, TP_POOL_NO_THREADS));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.submit(pool);
  std::size_t ran = 1;
  CHECK(tp_worker_enter(pool, nullptr, 0, &ran) == TP_OK);
  CHECK(ran == 0);
  CHECK(tp_worker_enter(pool, nullptr, kShort, &ran) == TP_OK);
  CHECK(ran == 0);
  int served = TP_OK;
  std::thread server([&] { served = tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr); });
  await("the server", [&] { return stats_of(pool).workers == 1; });
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(jobs.ran == Jobs::kItems);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  pool.finish();
  server.join();
  CHECK(served == TP_END);
}

TEST_CASE("Manual callbacks of a paused pool run where they are asked for") {
  HeldStep held;
  Listening job;
  Pool pool(pool_options(1, TP_POOL_MANUAL_CALLBACKS));
  Result result = apply_async(pool, held, &job);
  held.gate.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  held.gate.open();
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_OK);
  CHECK(ran == 1);
  CHECK(result.get() == TP_OK);
}

TEST_CASE("Submits that wait for room in a paused pool go on when it is resumed") {
  Step work([] {});
  tp_pool_options_t options = pool_options(2);
  options.max_pending = 2;
  Pool pool(options);
  int accepted = 0;
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  std::thread submitter([&] {
    for (int i = 0; i < 10; ++i)
      accepted += tp_pool_apply_async(pool, &work, nullptr, nullptr, nullptr) == TP_OK;
  });
  await("a full pool", [&] { return stats_of(pool).submitted == 2; });
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  submitter.join();
  CHECK(accepted == 10);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).completed == 10);
}

TEST_CASE("No job is left behind when a pool is paused and resumed while threads submit") {
  constexpr int kThreads = 3, kEach = 3000;
  std::atomic<int> ran{0}, wrong{0};
  std::atomic<bool> over{false};
  Task<int, void> task([&](const int*, void*) { return ++ran, 0; });
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2, 8));
  std::thread pauser([&] {
    while (!over) {
      wrong += tp_pool_pause(pool) != TP_OK;
      std::this_thread::yield();
      wrong += tp_pool_resume(pool) != TP_OK;
    }
  });
  in_threads(kThreads, [&] {
    for (int i = 0; i < kEach; ++i) {
      wrong += tp_pool_apply_async(pool, &task, &i, nullptr, nullptr) != TP_OK;
      if (i % 100 == 0) wrong += tp_pool_wait_idle(pool, kLong) != TP_OK;
    }
  });
  over = true;
  pauser.join();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(wrong == 0);
  CHECK(ran == kThreads * kEach);
}
