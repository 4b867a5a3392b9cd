// SPDX-License-Identifier: MIT
// Who runs the callbacks and hooks of jobs at their deadline: a worker that has nothing to do, so that a
// slow one holds up no other deadline; where all are busy, the thread that watches deadlines.
#include "dues.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

// A task with a hook at the end of its job.
struct Hooked : Step {
  explicit Hooked(std::function<void()> f) : Step([] {}), hook(std::move(f)) {
    ctx_drop = [](void* self) { static_cast<Hooked*>(static_cast<Step*>(self))->hook(); };
  }
  std::function<void()> hook;
};

// Its workers have nothing to do, and jobs stay queued until their deadline.
struct Idle : Pool {
  explicit Idle(std::size_t workers) : Pool(workers) { REQUIRE(tp_pool_pause(*this) == TP_OK); }
};

}  // namespace

TEST_CASE("A slow error callback at a deadline holds up no other deadline") {
  Gate gate;
  std::atomic<int> slow_on{-2};
  Timed slow(kShort), plain(2 * kShort), second(2 * kShort);
  slow.listen([&](tp_result_t*) {
    slow_on = tp_worker_index();
    gate.wait();
  });
  second.listen();
  Odd odd;
  const int item = 1;
  const int items[] = {1, 2, 3};
  Numbers source(3);
  Result results[5];
  Idle pool(GENERATE(as<std::size_t>{}, 1, 2, 4));
  await_others_asleep();
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &slow, results[0].out()) == TP_OK);
  gate.await(1);
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &plain, results[1].out()) == TP_OK);
  REQUIRE(tp_pool_map_async(pool, &odd, items, 3, &plain, results[2].out()) == TP_OK);
  REQUIRE(tp_pool_imap(pool, &odd, source.pull, &source, &plain, results[3].out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &second, results[4].out()) == TP_OK);
  for (int i = 1; i < 4; ++i) {
    CHECK(results[i].wait() == TP_OK);
    CHECK(tp_error_status(tp_result_error(results[i])) == TP_ETIMEDOUT);
  }
  CHECK(tp_result_ready(results[0]) == 0);
  CHECK(tp_result_ready(results[4]) == 0);  // callbacks run one at a time
  gate.open();
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  CHECK(slow_on >= 0);
  CHECK(slow.failures == 1);
  CHECK(second.failures == 1);
}

TEST_CASE("Slow hooks at deadlines take all idle workers and then the timer, and all run") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 3);
  Gate gate;
  std::atomic<int> on_timer{0};
  Hooked hooked([&] {
    if (tp_worker_index() < 0) ++on_timer;
    gate.wait();
  });
  std::deque<Timed> jobs;
  std::vector<Result> results;
  Idle pool(workers);
  await_others_asleep();
  for (std::size_t i = 0; i < workers + 1; ++i)
    results.push_back(apply_async(pool, hooked, &jobs.emplace_back(kShort).listen()));
  gate.await(static_cast<int>(workers) + 1);
  gate.open();
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  for (const Timed& job : jobs) CHECK(job.failures == 1);
  CHECK(on_timer == 1);
}

TEST_CASE("A worker that becomes idle while the timer's thread is held up watches the deadlines") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2);
  Gate gate;
  std::atomic<int> on_timer{0};
  Hooked hooked([&] {
    on_timer = tp_worker_index() < 0;
    gate.wait();
  });
  Timed first(kShort), second(kShort);
  Step nothing([] {});
  Result results[2];
  Pool pool(workers);
  Busy busy(pool, workers);
  REQUIRE(tp_pool_apply_async(pool, &hooked, nullptr, &first, results[0].out()) == TP_OK);
  gate.await(1);
  CHECK(on_timer == 1);
  const bool before = GENERATE(false, true);
  if (before)
    REQUIRE(tp_pool_apply_async(pool, &nothing, nullptr, &second, results[1].out()) == TP_OK);
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  busy.end();
  if (!before)
    REQUIRE(tp_pool_apply_async(pool, &nothing, nullptr, &second, results[1].out()) == TP_OK);
  CHECK(results[1].wait() == TP_OK);
  CHECK(tp_error_status(tp_result_error(results[1])) == TP_ETIMEDOUT);
  gate.open();
  CHECK(results[0].wait() == TP_OK);
}

TEST_CASE("An error callback at a deadline runs although all workers are busy") {
  std::atomic<int> index{-2};
  Timed job(kShort);
  job.listen([&](tp_result_t*) { index = tp_worker_index(); });
  Odd odd;
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4);
  Pool pool(workers);
  Busy busy(pool, workers);
  Result result = apply_item(pool, odd, 1, &job);
  CHECK(result.wait() == TP_OK);
  CHECK(index == -1);
}

TEST_CASE("Deadlines of jobs that idle workers end pass in their order") {
  Dues dues(6);
  std::vector<std::size_t> order;
  std::vector<Result> results(6);
  Odd odd;
  const int item = 1;
  std::deque<Timed> jobs;
  Gate gate;
  Timed first(kShort);
  first.listen([&](tp_result_t*) { gate.wait(); });
  Idle pool(1);
  await_others_asleep();
  // all are handed over while the worker is at the first one, or end on the timer's thread
  Result blocking = apply_item(pool, odd, item, &first);
  gate.await(1);
  for (const std::size_t i : {3u, 0u, 5u, 2u, 1u, 4u}) {
    const double deadline = 0.02 + 0.005 * static_cast<double>(i);
    Job& job = jobs.emplace_back(deadline);
    job.listen([&order, i](tp_result_t*) { order.push_back(i); });
    dues.note(i, deadline, [&] {
      REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, results[i].out()) == TP_OK);
    });
  }
  await("the deadlines", [&] { return stats_of(pool).queued == 0; });
  gate.open();
  for (const Result& result : results) CHECK(result.wait() == TP_OK);
  CAPTURE(order);
  CHECK(dues.allow(order));
}

TEST_CASE("Workers that leave for a smaller pool take the deadlines along that rely on them") {
  for (int round = 0; round < 20; ++round) {
    HeldStep blocking;
    Odd odd;
    const int item = 1;
    Timed job(0.001);
    job.listen();
    Result result;
    Pool pool(2);
    forget(pool, blocking);
    blocking.gate.await(1);
    REQUIRE(tp_pool_pause(pool) == TP_OK);
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, result.out()) == TP_OK);
    REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
    CHECK(result.wait() == TP_OK);
    CHECK(job.failures == 1);
    blocking.gate.open();
  }
}
