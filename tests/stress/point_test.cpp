// SPDX-License-Identifier: MIT
// Mistakes that only a delay at one point of the core shows.
#include "stress/noise.hpp"
#include "support/test.hpp"

#include <future>

using namespace support;
using stress::At;

TEST_CASE("What a thief holds in its hands is not lost when all others have gone to sleep") {
  const bool ends_thread = GENERATE(false, true);
  constexpr int kItems = 12;
  tp_pool_t* handle = nullptr;
  std::atomic<int> ran{0}, by_other{0};
  std::atomic<std::thread::id> thief{};
  Gate robbed;
  // the other worker has run what was left to it and sleeps, when the thief goes on
  const At steal("loop.steal", [&] {
    const std::uint64_t parks = parks_of(handle);
    robbed.open();
    await("the other worker to sleep", [&] { return parks_of(handle) > parks; });
    thief = std::this_thread::get_id();
  });
  Task<int, void> task([&](const int* i, void*) {
    if (*i == 0) robbed.wait();  // the first range is robbed while its worker is here
    ++ran;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // slow items are claimed one by one
    const std::thread::id robber = thief;
    if (robber == std::thread::id()) return 0;
    if (robber != std::this_thread::get_id()) return ++by_other, 0;
    if (ends_thread) {
      thief = std::thread::id();
      pthread_exit(nullptr);
    }
    await("the other worker to take some of it", [&] { return by_other > 0; });
    return 0;
  });
  const std::vector<int> items = range(kItems);
  Pool pool(2);
  handle = pool;
  Result result = map_async(pool, task, items.data(), kItems);
  CHECK(result.wait() == TP_OK);
  CHECK(steal.reached());
  CHECK(ran == kItems);
}

TEST_CASE("An outside thread hands the end of a job to a worker and lets go of the pool") {
  Gate gone, busy;
  const At defer("finder.deferred", [&] { gone.wait(); });
  Step lethal([] { pthread_exit(nullptr); }), blocks([&] { busy.wait(); });
  Done done;
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  forget(pool, blocks);
  busy.await(1);
  Result lost = apply_async(pool, lethal);
  done.listen(lost);
  std::thread helper([&] { tp_result_wait(lost, TP_FOREVER); });
  gone.await(1);
  busy.open();
  pool.finish();
  pool.destroy();
  gone.open();
  helper.join();
  CHECK(done.calls == 1);
  CHECK(lost.get() == TP_ELOST);
}

TEST_CASE("A job ends and goes while a worker is at its deadline") {
  Gate runs, gone;
  // a worker has ended the cancel, and not yet told those who wait
  const At at("job.left", [&] { gone.wait(); });
  Step blocks([&] { runs.wait(); });
  support::Job timed;
  timed.deadline = 0.5;  // the task has to start before that
  Pool pool(2);
  {
    Result result = apply_async(pool, blocks, &timed);
    gone.await(1);
    runs.open();
    CHECK(result.get() == TP_ETIMEDOUT);
  }
  gone.open();
  pool.finish();
  CHECK(at.reached());
}

TEST_CASE("A pool stays until a submit whose job has run already returns") {
  const bool has_handle = GENERATE(false, true);
  const bool is_urgent = GENERATE(false, true);
  Gate held;
  const At at(is_urgent ? "admission.pushed" : "admission.passed", [&] { held.wait(); });
  std::atomic<int> ran{0};
  Step counts([&] { ++ran; });
  Pool pool(2);
  Result result;
  support::Job job(is_urgent ? TP_JOB_URGENT : 0);
  std::thread submits([&] {
    const int status =
        tp_pool_apply_async(pool, &counts, nullptr, &job, has_handle ? result.out() : nullptr);
    CHECK(status == TP_OK);
  });
  held.await(1);
  auto destroyed = std::async(std::launch::async, [&] { pool.destroy(); });
  CHECK(destroyed.wait_for(std::chrono::milliseconds(10)) == std::future_status::timeout);
  held.open();
  submits.join();
  destroyed.get();
  CHECK(at.reached());
}

TEST_CASE("A thread that can help holds up nobody, although it has not woken up yet") {
  Gate pulled, ran, go, kept, late;
  std::atomic<int> helped{1}, waited{1};
  Result stream, helping;
  Numbers numbers(3);
  Source<int> source([&](int* item) { return pulled.wait(), numbers.body(item); });
  Task<int, void> item([&](const int*, void*) { return ran.wait(), 0; });
  Step helps([&] { helped = stream.wait(); });
  Step waits([&] {
    go.wait();
    waited = helping.wait();
  });
  Step keeps([&] { kept.wait(); });
  const At helper_sleeps("wait.sleep", [] {});
  const At helper_wakes("wait.woken", [&] { late.wait(); });
  Pool pool(pool_options(2, TP_POOL_CALLER_HELPS));
  forget(pool, waits);
  forget(pool, keeps);  // the other worker from the stream, until the reader pulls
  go.await(1);
  kept.await(1);
  Chunked job(1);
  REQUIRE(tp_pool_imap(pool, &item, source.pull, &source, &job, stream.out()) == TP_OK);
  std::thread reader([&] { CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK); });
  pulled.await(1);
  REQUIRE(tp_pool_apply_async(pool, &helps, nullptr, nullptr, helping.out()) == TP_OK);
  kept.open();
  await("the helper to wait", [&] { return helper_sleeps.reached(); });
  const At other_sleeps("wait.sleep", [] {});
  pulled.open();
  late.await(1);
  ran.await(1);
  go.open();
  await("the other task to wait", [&] { return other_sleeps.reached(); });
  late.open();
  ran.open();
  reader.join();
  pool.finish();
  CHECK(helped == TP_OK);
  CHECK(waited == TP_OK);
}

TEST_CASE("A thread that has room holds up nobody, although it has not woken up yet") {
  Gate ends, late;
  std::atomic<int> submitted{1}, waited{1};
  const At submit_sleeps("wait.sleep", [] {});
  const At submit_wakes("wait.woken", [&] { late.wait(); });
  tp_pool_options_t options = pool_options(1);
  options.max_pending = 1;
  Step held([&] { ends.wait(); }), nothing([] {});
  Pool full(options);
  Step submits([&] { submitted = tp_pool_apply_async(full, &nothing, nullptr, nullptr, nullptr); });
  Result result;
  Step waits([&] { waited = result.wait(); });
  Pool pool(2);
  forget(full, held);
  ends.await(1);
  REQUIRE(tp_pool_apply_async(pool, &submits, nullptr, nullptr, result.out()) == TP_OK);
  await("the submit to wait", [&] { return submit_sleeps.reached(); });
  const At task_sleeps("wait.sleep", [] {});
  ends.open();
  late.await(1);
  forget(pool, waits);
  await("the task to wait", [&] { return task_sleeps.reached(); });
  late.open();
  pool.finish();
  full.finish();
  CHECK(submitted == TP_OK);
  CHECK(waited == TP_OK);
}

TEST_CASE("A joined pool has completed all that it says was submitted, while a submit is refused") {
  Gate refused;
  const At at("pool.refuse", [&] { refused.wait(); });
  Step nothing([] {});
  Pool pool(2);
  forget(pool, nothing);
  pool.finish();
  std::thread late([&] {
    CHECK(tp_pool_apply_async(pool, &nothing, nullptr, nullptr, nullptr) == TP_ECLOSED);
  });
  refused.await(1);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.submitted == 1);
  CHECK(stats.completed == 1);
  refused.open();
  late.join();
}

TEST_CASE("A thread that begins to wait while a job without hooks ends is woken") {
  Gate ends;
  const At end("job.settle", [&] { ends.wait(); });  // it is counted, but not ready
  const At sleeps("wait.sleep", [&] { ends.open(); });
  Step nothing([] {});
  Pool pool(1);
  Result result = apply_async(pool, nothing);
  ends.await(1);
  CHECK(result.wait() == TP_OK);
  CHECK(sleeps.reached());
}

TEST_CASE("A done callback that comes while a job without hooks ends is called once") {
  Gate ends;
  const At end("job.settle", [&] { ends.wait(); });  // it is counted, but not ready
  Step nothing([] {});
  Done done;
  Pool pool(1);
  Result result = apply_async(pool, nothing);
  ends.await(1);
  done.listen(result);
  ends.open();
  CHECK(result.wait() == TP_OK);
  pool.finish();
  CHECK(done.calls == 1);
}
