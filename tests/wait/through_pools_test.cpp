// SPDX-License-Identifier: MIT
// Waits that lead from pool to pool: a worker that waits runs what it depends on, or is told.
#include "support/test.hpp"

using namespace support;

namespace {

// What has to hold on threads of pools; the test looks at it at its end.
std::atomic<int> wrong{0};
void expect(bool holds) { wrong += !holds; }

enum class Way { apply, async, map, loop, stream, any, completed };

// Runs a step in a pool and waits for its end.
int run_in(tp_pool_t* pool, Way way, tp_task_t& step) {
  const auto range = [](void* ctx, std::size_t, std::size_t) {
    const auto& task = *static_cast<tp_task_t*>(ctx);
    return task.fn(task.ctx, nullptr, nullptr);
  };
  Result result;
  switch (way) {
    case Way::apply:
      return tp_pool_apply(pool, &step, nullptr, nullptr);
    case Way::map:
      return tp_pool_map(pool, &step, nullptr, nullptr, 1, nullptr);
    case Way::loop:
      return tp_pool_for(pool, range, &step, 1, nullptr);
    case Way::stream: {
      Numbers one(1);
      tp_task_t task = step;
      task.item_size = sizeof(int);
      expect(tp_pool_imap(pool, &task, Numbers::pull, &one, nullptr, result.out()) == TP_OK);
      const int status = tp_result_next(result, kLong, nullptr);
      expect(result.wait() == TP_OK);
      return status;
    }
    default:
      break;
  }
  expect(tp_pool_apply_async(pool, &step, nullptr, nullptr, result.out()) == TP_OK);
  if (way == Way::async) return tp_result_wait(result, kLong);
  tp_result_t* const results[] = {result};
  std::size_t index = 1;
  if (way == Way::any) return tp_wait_any(results, 1, kLong, &index);
  tp_completed_t* completed = nullptr;
  expect(tp_as_completed(results, 1, &completed) == TP_OK);
  const int status = tp_completed_next(completed, kLong, &index);
  tp_completed_release(completed);
  return status;
}

// Pools whose tasks call one another in turn.
struct Ring {
  Ring(std::size_t pools, std::size_t workers) {
    for (std::size_t i = 0; i < pools; ++i) all.push_back(std::make_unique<Pool>(workers));
  }

  int down(std::size_t at, int depth, Way way) {
    if (tp_worker_pool() != *all[at]) ++strangers;
    if (depth == 0) return 0;
    const std::size_t next = (at + 1) % all.size();
    int reached = 0;
    Step step([&] { reached = down(next, depth - 1, way); });
    const int status = run_in(*all[next], way, step);
    if (status == TP_OK) return reached + 1;
    expect(status == TP_EDEADLK);
    ++refused;
    return 0;
  }

  std::atomic<int> strangers{0}, refused{0};
  std::vector<std::unique_ptr<Pool>> all;
};

const auto kWays = {Way::apply,  Way::async, Way::map,      Way::loop,
                    Way::stream, Way::any,   Way::completed};

struct Two {
  // A task of `here` waits in this way for a task of `there` that waits for one of `here`.
  void wait_for_caller(const std::function<void()>& wait) {
    bool waited = false;
    Step leaf([] {});
    Step caller([&] { expect(tp_pool_apply(here, &leaf, nullptr, nullptr) == TP_OK); });
    Step task([&] {
      expect(tp_pool_apply_async(there, &caller, nullptr, nullptr, nullptr) == TP_OK);
      wait();
      waited = true;
    });
    CHECK(tp_pool_apply(here, &task, nullptr, nullptr) == TP_OK);
    CHECK(waited);
    CHECK(wrong.exchange(0) == 0);
  }

  Pool here{1}, there{1};
};

}  // namespace

TEST_CASE(
    "A worker that an item ends while it waits for another pool still does what that pool waits "
    "for") {
  int first = 1, second = 1;
  tp_pool_t *home = nullptr, *other = nullptr;
  Step leave([] { pthread_exit(nullptr); }), stay([] {});
  const auto outcome = [&](const tp_task_t& task) {
    tp_result_t* result = nullptr;
    tp_pool_apply_async(home, &task, nullptr, nullptr, &result);
    const int status = tp_result_get(result, kLong, nullptr);
    tp_result_release(result);
    return status;
  };
  Step visited([&] {
    first = outcome(leave);
    second = outcome(stay);
  });
  Step visit([&] { tp_pool_apply(other, &visited, nullptr, nullptr); });
  Pool neighbour(1), pool(1);
  home = pool;
  other = neighbour;
  CHECK(apply_async(pool, visit).get() == TP_ELOST);
  CHECK(first == TP_ELOST);
  CHECK(second == TP_OK);
}

TEST_CASE("Pools that call each other deeper than they have workers come to an end") {
  const std::size_t pools = GENERATE(as<std::size_t>{}, 2, 3);
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4);
  const Way way = GENERATE(values(kWays));
  constexpr int kDepth = 25;
  Ring ring(pools, workers);
  int reached = 0;
  Step first([&] { reached = ring.down(0, kDepth, way); });
  CHECK(tp_pool_apply(*ring.all[0], &first, nullptr, nullptr) == TP_OK);
  CHECK(reached == kDepth);
  CHECK(ring.refused == 0);
  CHECK(ring.strangers == 0);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("Many tasks of two pools that call each other come to an end") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 8);
  const Way way = GENERATE(values(kWays));
  constexpr int kDepth = 6, kTasks = 20;
  Ring ring(2, workers);
  std::atomic<int> ended{0};
  Step first([&] { ring.down(0, kDepth, way), ++ended; });
  Step second([&] { ring.down(1, kDepth, way), ++ended; });
  for (int i = 0; i < kTasks; ++i) {
    forget(*ring.all[0], first);
    forget(*ring.all[1], second);
  }
  for (const auto& pool : ring.all) CHECK(tp_pool_wait_idle(*pool, kLong) == TP_OK);
  CHECK(ended == 2 * kTasks);
  CHECK(ring.strangers == 0);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE_METHOD(Two, "A worker that waits for a pool to be idle runs what that pool waits for") {
  wait_for_caller([this] { expect(tp_pool_wait_idle(there, kLong) == TP_OK); });
}

TEST_CASE_METHOD(Two, "A worker that joins a pool runs what that pool waits for") {
  wait_for_caller([this] {
    expect(tp_pool_close(there) == TP_OK);
    expect(tp_pool_join(there, kLong) == TP_OK);
  });
}

TEST_CASE("A worker that destroys a pool runs what that pool's tasks wait for") {
  Pool here(1);
  Arrivals started;
  Step leaf([] {}), caller([&] {
    started.arrive();
    expect(tp_pool_apply(here, &leaf, nullptr, nullptr) == TP_OK);
  });
  Step task([&] {
    const tp_pool_options_t options = pool_options(1);
    tp_pool_t* there = nullptr;
    expect(tp_pool_create(&options, &there) == TP_OK);
    expect(tp_pool_apply_async(there, &caller, nullptr, nullptr, nullptr) == TP_OK);
    started.wait(1);
    tp_pool_destroy(there);
  });
  CHECK(tp_pool_apply(here, &task, nullptr, nullptr) == TP_OK);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("A worker that waits for room in a pool runs what that pool waits for") {
  Pool here(1);
  tp_pool_options_t options = pool_options(1);
  options.max_pending = 1;
  Pool there(options);
  Step leaf([] {}), caller([&] { expect(tp_pool_apply(here, &leaf, nullptr, nullptr) == TP_OK); });
  Step task([&] {
    for (int i = 0; i < 10; ++i)
      expect(tp_pool_apply_async(there, &caller, nullptr, nullptr, nullptr) == TP_OK);
  });
  CHECK(tp_pool_apply(here, &task, nullptr, nullptr) == TP_OK);
  CHECK(tp_pool_wait_idle(there, kLong) == TP_OK);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("A callback that waits for another pool lets the next callbacks run") {
  Pool here(2), there(1);
  Gate queued;
  Result second;
  std::atomic<int> idle{1};
  Step nothing([&] { queued.wait(); });
  Step waits([&] { expect(second.wait() == TP_OK); });  // ready only after its own callback
  Job first_job, second_job;
  first_job.listen([&](tp_result_t*) {
    expect(tp_pool_apply_async(there, &waits, nullptr, nullptr, nullptr) == TP_OK);
    idle = tp_pool_wait_idle(there, kLong);
  });
  second_job.listen();
  forget(here, nothing, &first_job);
  REQUIRE(tp_pool_apply_async(here, &nothing, nullptr, &second_job, second.out()) == TP_OK);
  queued.open();
  CHECK(tp_pool_wait_idle(here, kLong) == TP_OK);
  CHECK(idle == TP_OK);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("One of two tasks of two pools that wait for each other is told") {
  Pool here(1), there(1);
  Gate submitted;
  Result first, second;
  std::atomic<int> first_wait{1}, second_wait{1};
  Step one([&] { submitted.wait(), first_wait = tp_result_wait(second, kLong); });
  Step two([&] { submitted.wait(), second_wait = tp_result_wait(first, kLong); });
  REQUIRE(tp_pool_apply_async(here, &one, nullptr, nullptr, first.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(there, &two, nullptr, nullptr, second.out()) == TP_OK);
  submitted.open();
  CHECK(first.get() == TP_OK);
  CHECK(second.get() == TP_OK);
  CHECK((first_wait == TP_EDEADLK) != (second_wait == TP_EDEADLK));
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE_METHOD(Two, "A wait for a job that no worker is left to start is told, or runs it") {
  Gate submitted;
  Result queued;
  std::atomic<int> inner_wait{1};
  Step never([&] { submitted.wait(); });
  Step inner([&] { inner_wait = tp_result_wait(queued, kLong); });
  // it waits for a task of `there` that waits for a job of `here`, which waits in the queue behind
  Step task([&] {
    submitted.wait();
    expect(tp_pool_apply(there, &inner, nullptr, nullptr) == TP_OK);
  });
  Result outer = apply_async(here, task);
  REQUIRE(tp_pool_apply_async(here, &never, nullptr, nullptr, queued.out()) == TP_OK);
  submitted.open();
  CHECK(outer.get() == TP_OK);
  CHECK(inner_wait == TP_OK);
  CHECK(queued.get() == TP_OK);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE_METHOD(Two, "A task that is run for a wait can't wait for the one below it") {
  Gate submitted;
  Result outer, queued;
  std::atomic<int> inner_wait{1}, below{1};
  Step bad([&] { below = tp_result_wait(outer, kLong); });
  Step inner([&] { inner_wait = tp_result_wait(queued, kLong); });
  Step task([&] {
    submitted.wait();
    expect(tp_pool_apply(there, &inner, nullptr, nullptr) == TP_OK);
  });
  REQUIRE(tp_pool_apply_async(here, &task, nullptr, nullptr, outer.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(here, &bad, nullptr, nullptr, queued.out()) == TP_OK);
  submitted.open();
  CHECK(outer.get() == TP_OK);
  CHECK(queued.get() == TP_OK);
  CHECK((below == TP_EDEADLK || inner_wait == TP_EDEADLK));
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE_METHOD(Two, "A wait for room that no task can make is told") {
  tp_pool_options_t options = pool_options(1);
  options.max_pending = 1;
  Pool full(options);
  Gate submitted;
  Result outer;
  std::atomic<int> refused{1}, told{0};
  Step waits([&] {
    submitted.wait();
    if (tp_result_wait(outer, kLong) == TP_EDEADLK) ++told;
  });
  Step task([&] {
    submitted.wait();
    refused = tp_pool_apply_async(full, &waits, nullptr, nullptr, nullptr);
  });
  forget(full, waits);
  REQUIRE(tp_pool_apply_async(here, &task, nullptr, nullptr, outer.out()) == TP_OK);
  submitted.open();
  CHECK(outer.get() == TP_OK);
  CHECK(tp_pool_wait_idle(full, kLong) == TP_OK);
  CHECK(refused == (told ? TP_OK : TP_EDEADLK));
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE_METHOD(Two, "A pool that loses its last free worker to a resize leaves no wait behind") {
  REQUIRE(tp_pool_resize(here, 2) == TP_OK);
  Gate submitted, resized;
  Result queued;
  std::atomic<int> running{0};
  Step busy([&] { running++, resized.wait(); });  // on the worker that has to go
  Step leaf([] {});
  Step inner([&] {
    expect(tp_pool_apply_async(here, &leaf, nullptr, nullptr, queued.out()) == TP_OK);
    expect(queued.wait() == TP_OK);
  });
  Step task([&] {
    submitted.wait();
    expect(tp_pool_apply(there, &inner, nullptr, nullptr) == TP_OK);
  });
  Result outer = apply_async(here, task);
  forget(here, busy);
  await("the other task", [&] { return running == 1; });
  submitted.open();
  REQUIRE(tp_pool_resize(here, 1) == TP_OK);
  resized.open();
  CHECK(outer.get() == TP_OK);
  CHECK(tp_pool_wait_idle(here, kLong) == TP_OK);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("A chain of hundreds of workers that wait for each other ends with its last job") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 64, 400);
  Gate all_started, end;
  std::vector<Result> results(count);
  std::atomic<int> refused{0};
  std::deque<Step> links;
  for (std::size_t i = 0; i < count; ++i)
    links.emplace_back([&, i] {
      all_started.wait();
      if (i == 0) return end.wait();
      if (tp_result_wait(results[i - 1], kLong) != TP_OK) ++refused;
    });
  Pool pool(count);
  for (std::size_t i = 0; i < count; ++i)
    REQUIRE(tp_pool_apply_async(pool, &links[i], nullptr, nullptr, results[i].out()) == TP_OK);
  all_started.await(static_cast<int>(count));
  all_started.open();
  end.open();
  CHECK(results.back().get() == TP_OK);
  CHECK(refused == 0);
  CHECK(wrong.exchange(0) == 0);
}

TEST_CASE("A callback outside the pool may wait for a job that no worker is free to start") {
  Pool pool(1);
  Gate cancelled;
  Result called, queued;
  std::atomic<int> in_callback{1}, in_task{1};
  Step never([] {}), leaf([] {});
  Step task([&] { in_task = tp_result_wait(called, kLong); });
  Listening job([&](tp_result_t*) {
    expect(tp_pool_resume(pool) == TP_OK);
    in_callback = tp_result_wait(queued, kLong);
  });
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &never, nullptr, &job, called.out()) == TP_OK);
  Result waiting = apply_async(pool, task);
  REQUIRE(tp_pool_apply_async(pool, &leaf, nullptr, nullptr, queued.out()) == TP_OK);
  REQUIRE(tp_result_cancel(called) == TP_OK);  // its callback runs here
  CHECK(waiting.get() == TP_OK);
  CHECK(queued.get() == TP_OK);
  CHECK(in_callback == TP_OK);
  CHECK((in_task == TP_OK || in_task == TP_EDEADLK));
  CHECK(wrong.exchange(0) == 0);
}
