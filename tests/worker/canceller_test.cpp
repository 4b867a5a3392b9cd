// SPDX-License-Identifier: MIT
// tp_pool_cancel: what has not started is over when it returns, what runs is asked to stop, and the pool stays open.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

// A job of each kind, of which nothing may run, and what they were given.
struct Unstarted {
  explicit Unstarted(tp_pool_t* pool) {
    job.listen();
    delayed.start_after = 3600;
    urgent.flags = TP_JOB_URGENT;
    hooked.ctx_drop = small.ctx_drop = nullptr;
    hooked.count_drops();
    results.push_back(apply_item(pool, task, items[0], &job));
    results.push_back(apply_item(pool, task, items[0]));
    results.push_back(apply_item(pool, task, items[0], &delayed));
    results.push_back(apply_item(pool, task, items[0], &urgent));
    results.push_back(apply_async(pool, hooked));
    results.push_back(map_async(pool, task, items.data(), items.size(), &job));
    results.push_back(for_async(pool, Body::run, &body, 100, &job));
    forget(pool, small);
    forget_item(pool, task, items[0], &job);
    streams.push_back(imap(pool, task, source));
    streams.emplace_back();
    REQUIRE(tp_pool_imap(pool, &task, nullptr, nullptr, nullptr, streams.back().out()) == TP_OK);
    REQUIRE(tp_result_push(streams.back(), items.data(), kLong) == TP_OK);
  }

  void check() {
    for (const Result& result : results) {
      CHECK(tp_result_ready(result) == 1);
      CHECK(result.get() == TP_ECANCELED);
    }
    for (const Result& stream : streams)
      CHECK(tp_result_next(stream, kLong, nullptr) == TP_ECANCELED);
    CHECK(job.failures == 4);
    CHECK(job.successes == 0);
    CHECK(hooked.drops == 1);
    CHECK(source.pulled == 0);
  }

  const std::vector<int> items = range(100);
  Task<int, int> task{[](const int*, int*) { return give_up("no item may run"), 0; }};
  Step small{[] { give_up("no small task may run"); }};
  Step hooked{[] { give_up("no task with hooks may run"); }};
  Body body{[](std::size_t, std::size_t) { return give_up("no chunk may run"), 0; }};
  Numbers source{100};
  Job job, delayed, urgent;
  std::vector<Result> results, streams;
};

// Two thirds of a burst are small tasks, and the others have results.
struct Burst {
  void submit(tp_pool_t* pool, int n) {
    for (int i = 0; i < n; ++i) {
      refused += tp_pool_apply_async(pool, &small, nullptr, nullptr, nullptr) != TP_OK;
      refused += tp_pool_apply_async(pool, &odd, &i, nullptr, nullptr) != TP_OK;
      refused +=
          tp_pool_apply_async(pool, &odd, &i, nullptr, results.emplace_back().out()) != TP_OK;
    }
  }

  std::atomic<int> ran{0}, refused{0};
  Step small{[this] { ++ran; }};
  Odd odd;
  std::vector<Result> results;
};

}  // namespace

TEST_CASE("A cancel of the pool ends each job of which nothing has started, whatever its kind") {
  const std::size_t workers = worker_counts();
  std::optional<Unstarted> jobs;
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    jobs.emplace(pool);
    REQUIRE(tp_pool_cancel(pool) == TP_OK);
    jobs->check();
  }
  const int item = 3;
  Odd odd;
  CHECK(*apply_item(pool, odd, item).values<int>() == 7);  // it stays open
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).queued == 0);
}

TEST_CASE("A cancel of a paused pool, and of one without threads, ends what is queued") {
  std::optional<Unstarted> jobs;
  const bool has_threads = GENERATE(true, false);
  Pool pool(pool_options(2, has_threads ? 0 : TP_POOL_NO_THREADS));
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  jobs.emplace(pool);
  REQUIRE(tp_pool_cancel(pool) == TP_OK);
  jobs->check();
  CHECK(stats_of(pool).paused == 1);
}

TEST_CASE("A cancel of the pool asks each running task to stop, whatever its kind") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 8, 64);
  Patient patient;
  Task<int, int> item_task([&](const int*, int* y) {
    patient.started.arrive();
    await_stop();
    return *y = 0, 0;
  });
  Body body([&](std::size_t, std::size_t) {
    patient.started.arrive();
    await_stop();
    return 0;
  });
  Step spawning([&] {
    const auto part = [](void* self) {
      static_cast<Patient*>(self)->started.arrive();
      return await_stop(), 0;
    };
    tp_spawn_t spawned;
    tp_spawn(&spawned, part, &patient);
    patient.started.wait(7);  // another worker has taken it
    tp_sync(&spawned);
  });
  Numbers source(1);
  const int item = 0;
  Pool pool(workers);
  Step blocking([&] { tp_pool_apply(pool, &patient, nullptr, nullptr); });
  Result results[] = {apply_async(pool, patient), map_async(pool, item_task, &item, 1),
                      for_async(pool, Body::run, &body, 1), apply_async(pool, blocking),
                      apply_async(pool, spawning)};
  forget(pool, patient);
  Result stream = imap(pool, item_task, source);
  patient.started.wait(7);
  CHECK(tp_pool_cancel(pool) == TP_OK);
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(results[0].get() == TP_OK);  // it had started, and ends as it likes
}

TEST_CASE("A cancel of the pool cuts a running loop, also one that its submitter runs") {
  const bool terminates = GENERATE(false, true);
  const bool waits = GENERATE(false, true);
  std::atomic<int> ran{0};
  Gate gate;
  Body body([&](std::size_t, std::size_t) {
    if (++ran == 1) gate.wait();
    return 0;
  });
  Job job(TP_JOB_CALLER_RUNS);
  job.chunksize = 1;
  tp_pool_options_t options = pool_options(1);
  options.max_pending = 1;
  Pool pool(options);
  Busy busy(pool, 1);
  int status = TP_OK;
  std::thread submitter([&] {
    if (waits) {
      status = tp_pool_for(pool, Body::run, &body, 1000, &job);
    } else {
      Result result;
      tp_pool_for_async(pool, Body::run, &body, 1000, &job, result.out());
      status = result.get();
    }
  });
  gate.await(1);
  CHECK((terminates ? tp_pool_terminate(pool) : tp_pool_cancel(pool)) == TP_OK);
  gate.open();
  submitter.join();
  CHECK(status == (terminates ? TP_ETERMINATED : TP_ECANCELED));
  CHECK(ran == 1);
}

TEST_CASE("A job that a callback of the cancel submits is not cancelled") {
  const std::size_t workers = worker_counts();
  std::atomic<int> stopped{0}, ran{0};
  Step later([&] {
    ++ran;
    stopped += tp_task_stop_requested();
  });
  Step cut([] { give_up("what was cancelled may not run"); });
  tp_pool_t* handle = nullptr;
  Listening job([&](tp_result_t*) {
    tp_pool_apply_async(handle, &later, nullptr, nullptr, nullptr);
    Result kept;
    tp_pool_apply_async(handle, &later, nullptr, nullptr, kept.out());
  });
  Pool pool(workers);
  handle = pool;
  {
    Busy busy(pool, workers);
    apply_times(pool, cut, 10, &job);
    REQUIRE(tp_pool_cancel(pool) == TP_OK);
    CHECK(job.failures == 10);
  }
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 20);
  CHECK(stopped == 0);
}

TEST_CASE("A hook of the cancel, or of terminate, may wait for another job that it ends") {
  struct Hook {
    Result other;
    int status = TP_EINVAL;
  } hook;
  Step first([] {}), second([] {});
  first.ctx = &hook;
  first.ctx_drop = [](void* arg) {
    auto& waiting = *static_cast<Hook*>(arg);
    waiting.status = waiting.other.wait();
  };
  second.ctx_drop = [](void*) {};
  const bool is_bare = GENERATE(false, true);
  if (is_bare) second.ctx_drop = nullptr;
  const int way =
      GENERATE(0, 1, 2);  // a worker that terminates its pool may still run the other one
  const bool on_worker = way == 1, terminates = way == 2;
  Pool pool(GENERATE(as<std::size_t>{}, 1, 4));
  Result result;
  Step cancelling([&] {
    tp_pool_pause(pool);
    tp_pool_apply_async(pool, &first, nullptr, nullptr, result.out());
    tp_pool_apply_async(pool, &second, nullptr, nullptr, hook.other.out());
    terminates ? tp_pool_terminate(pool) : tp_pool_cancel(pool);
  });
  if (on_worker)
    CHECK(apply_async(pool, cancelling).get() == TP_OK);
  else
    cancelling.body(nullptr, nullptr);
  CHECK(hook.status == TP_OK);
  CHECK(hook.other.get() == (terminates ? TP_ETERMINATED : TP_ECANCELED));
  CHECK(result.get() == (terminates ? TP_ETERMINATED : TP_ECANCELED));
}

TEST_CASE("A cancel of the pool ends promises, and what follows from them") {
  Step step([] { give_up("what follows may not run"); });
  tp_task_t shape{};
  shape.size = sizeof shape;
  Pool pool(worker_counts());
  tp_promise_t* promise = nullptr;
  Result promised, followed, all;
  REQUIRE(tp_promise_create(pool, &shape, &promise, promised.out()) == TP_OK);
  REQUIRE(tp_result_then(promised, &step, nullptr, followed.out()) == TP_OK);
  tp_result_t* const both[] = {promised, followed};
  REQUIRE(tp_when_all(both, 2, all.out()) == TP_OK);
  REQUIRE(tp_pool_cancel(pool) == TP_OK);
  for (const Result* const result : {&promised, &followed, &all})
    CHECK(result->get() == TP_ECANCELED);
  CHECK(tp_promise_set(promise, nullptr) == TP_ECANCELED);
  tp_promise_release(promise);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("A hook of the cancel may end its thread, and the others run") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 4);
  std::atomic<int> dropped{0};
  Step ending([] { give_up("what was cancelled may not run"); });
  ending.ctx = &dropped;
  ending.ctx_drop = [](void* counter) {
    count_drop(counter);
    pthread_exit(nullptr);
  };
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    apply_times(pool, ending, 10);
    std::thread([&] { tp_pool_cancel(pool); }).join();
  }
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(dropped == 10);
}

TEST_CASE("A task may cancel its own pool, and sees the stop flag itself") {
  std::atomic<int> before{0}, after{0};
  Pool pool(worker_counts());
  Step cancelling([&] {
    before += tp_task_stop_requested();
    tp_pool_cancel(pool);
    after += tp_task_stop_requested();
  });
  for (int i = 0; i < 3; ++i) CHECK(apply_async(pool, cancelling).get() == TP_OK);
  CHECK(before == 0);
  CHECK(after == 3);
}

TEST_CASE("A loop that was quick, which its worker runs alone, sees a cancel of its pool") {
  Gate held;
  std::atomic<bool> is_slow{false};
  std::atomic<int> seen{0};
  tp_pool_t* cancels = nullptr;
  const auto look = [&] {
    if (!is_slow.exchange(false)) return 0;
    cancels ? (void)tp_pool_cancel(cancels) : held.wait();
    seen = tp_task_stop_requested();
    return 0;
  };
  Task<int, void> task([&](const int*, void*) { return look(); });
  Body body([&](std::size_t, std::size_t) { return look(); });
  const std::vector<int> items = range(4);
  Pool pool(pool_options(1));
  const bool is_map = GENERATE(false, true);
  const auto begin = [&] {
    return is_map ? map_async(pool, task, items.data(), items.size())
                  : for_async(pool, Body::run, &body, items.size());
  };
  for (int i = 0; i < 20; ++i) REQUIRE(begin().wait() == TP_OK);
  if (GENERATE(false, true)) cancels = pool;
  is_slow = true;
  const Result result = begin();
  if (!cancels) {
    held.await(1);
    REQUIRE(tp_pool_cancel(pool) == TP_OK);
    held.open();
  }
  CHECK(result.wait() == TP_OK);
  CHECK(seen == 1);
}

TEST_CASE("A cancel of a closed pool ends what is left, so that join returns") {
  const std::size_t workers = worker_counts();
  std::optional<Unstarted> jobs;
  Pool pool(workers);
  {
    Busy busy(pool, workers);
    jobs.emplace(pool);
    REQUIRE(tp_pool_close(pool) == TP_OK);
    REQUIRE(tp_pool_cancel(pool) == TP_OK);
    jobs->check();
  }
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(tp_pool_cancel(pool) == TP_OK);
}

TEST_CASE("Cancels of the pool by several threads while others submit: each job ends once") {
  const std::size_t workers = worker_counts();
  constexpr int kRounds = 200;
  Burst bursts[2];
  Pool pool(workers);
  std::vector<std::thread> threads;
  std::atomic<int> submitting{2};
  for (Burst& burst : bursts)
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) burst.submit(pool, 10);
      --submitting;
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (submitting) tp_pool_cancel(pool);
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  int cancelled = 0, wrong = 0;
  for (const Burst& burst : bursts) {
    CHECK(burst.refused == 0);
    for (const Result& result : burst.results) {
      const int status = result.get();
      cancelled += status == TP_ECANCELED;
      wrong += status != TP_ECANCELED && status != TP_OK;
    }
  }
  CHECK(wrong == 0);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.completed == 2 * kRounds * 30);
  CHECK(stats.submitted == stats.completed);
  CHECK(stats.cancelled >= static_cast<std::uint64_t>(cancelled));
}

TEST_CASE(
    "A cancel of the pool reaches what its jobs wait for in another, unless somebody holds it") {
  const std::size_t workers = worker_counts();
  Pool pool(workers), other(1);
  Promise mine(pool), given(other), held(other);
  const Result waits = when_all({mine.result, given.result, held.result, given.result});
  Result forgotten = when_any({mine.result, given.result, held.result});
  given.result.release();
  forgotten.release();
  CHECK(tp_pool_cancel(pool) == TP_OK);
  CHECK(waits.get() == TP_ECANCELED);
  CHECK(mine.set(1) == TP_ECANCELED);
  CHECK(given.set(1) == TP_ECANCELED);
  CHECK(held.set(1) == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(tp_pool_wait_idle(other, kLong) == TP_OK);
}
