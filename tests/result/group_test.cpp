// SPDX-License-Identifier: MIT
// Groups: which jobs belong to them, their bounds, pauses, cancels and counts.
#include <malloc.h>

#include "support/test.hpp"

using namespace support;

namespace {

// Notes its items in the order in which they run, and how many run at a time.
class Noting : public Task<int, void> {
 public:
  Noting()
      : Task([this](const int* x, void*) {
          begin();
          {
            const std::lock_guard<std::mutex> lock(mutex_);
            order.push_back(*x);
          }
          std::this_thread::yield();
          --now_;
          return 0;
        }) {}

  std::vector<int> order;
  std::atomic<int> most{0};

 private:
  void begin() {
    const int now = ++now_;
    int seen = most;
    while (seen < now && !most.compare_exchange_weak(seen, now)) {
    }
  }
  std::atomic<int> now_{0};
  std::mutex mutex_;
};

void check_counts(const tp_group_t* group, std::uint64_t queued, std::uint64_t running,
                  std::uint64_t completed, std::uint64_t failed = 0, std::uint64_t cancelled = 0) {
  const tp_group_stats_t stats = stats_of(group);
  CHECK(stats.queued == queued);
  CHECK(stats.running == running);
  CHECK(stats.completed == completed);
  CHECK(stats.failed == failed);
  CHECK(stats.cancelled == cancelled);
}

}  // namespace

TEST_CASE("Jobs of every kind run in a group and are counted") {
  const std::size_t running = GENERATE(as<std::size_t>{}, 0, 1, 3);
  const std::vector<int> items = range(50);
  std::vector<int> values(50);
  Odd task;
  Body body([](std::size_t, std::size_t) { return 0; });
  Numbers source(50), unordered(50);
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(running));
  InGroup job(group);
  const Result apply = apply_item(pool, task, items[3], &job);
  forget_item(pool, task, items[4], &job);
  const Result map = map_async(pool, task, items.data(), 50, &job);
  const Result loop = for_async(pool, Body::run, &body, 50, &job);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 50, &job) == TP_OK);
  CHECK(values == odds(50));
  CHECK(tp_pool_for(pool, Body::run, &body, 50, &job) == TP_OK);
  CHECK(values_of(imap(pool, task, source, &job)) == odds(50));
  CHECK(values_of(imap(pool, task, unordered, &job, tp_pool_imap_unordered)).size() == 50);
  CHECK(group.wait() == TP_OK);
  CHECK(*apply.values<int>() == 7);
  CHECK(map.values<int>()[49] == 99);
  CHECK(tp_result_ready(loop) == 1);
  check_counts(group, 0, 0, 8);
  CHECK(stats_of(pool).completed == 8);
}

TEST_CASE("A serial queue runs one job at a time in the order of submission") {
  Noting task;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(1));
  InGroup job(group);
  const std::vector<int> items = range(500);
  for (const int item : items) forget_item(pool, task, item, &job);
  CHECK(group.wait() == TP_OK);
  CHECK(task.order == items);
  CHECK(task.most == 1);
  check_counts(group, 0, 0, 500);
}

TEST_CASE("The job before is ready when the next one of a serial queue starts") {
  std::atomic<int> early{0};
  std::vector<Result> results;
  results.reserve(200);
  Gate submitted;
  Task<int, void> task([&](const int* x, void*) {
    submitted.wait();
    if (*x > 0 && tp_result_ready(results[static_cast<std::size_t>(*x) - 1]) != 1) ++early;
    return 0;
  });
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(1));
  InGroup job(group);
  for (const int item : range(200)) results.push_back(apply_item(pool, task, item, &job));
  submitted.open();
  CHECK(group.wait() == TP_OK);
  CHECK(early == 0);
}

TEST_CASE("At most max_running jobs of a group run at a time") {
  HeldStep held;
  Pool pool(8);
  Group group(pool, GroupOptions().running(3));
  InGroup job(group);
  apply_times(pool, held, 10, &job);
  held.gate.await(3);
  Step other([] {});
  CHECK(apply_async(pool, other).get() == TP_OK);
  check_counts(group, 7, 3, 0);
  CHECK(held.gate.count() == 3);
  held.gate.open();
  CHECK(group.wait() == TP_OK);
  check_counts(group, 0, 0, 10);
}

TEST_CASE("max_running counts jobs and not items") {
  Gate gate;
  Task<int, void> task([&](const int*, void*) { return gate.wait(), 0; });
  Pool pool(4);
  Group group(pool, GroupOptions().running(1));
  InGroup job(group);
  job.chunksize = 1;
  const std::vector<int> items = range(4);
  const Result map = map_async(pool, task, items.data(), 4, &job);
  gate.await(4);
  gate.open();
  CHECK(map.get() == TP_OK);
}

TEST_CASE("In a serial queue urgent jobs come first and those of the background last") {
  Noting task;
  Pool pool(1);
  Group group(pool, GroupOptions().running(1));
  Busy busy(pool, 1);
  InGroup normal(group), urgent(group, TP_JOB_URGENT), background(group, TP_JOB_BACKGROUND);
  for (const int i : {0, 1}) {
    forget_item(pool, task, 20 + i, &background);
    forget_item(pool, task, 10 + i, &normal);
    forget_item(pool, task, i, &urgent);
  }
  busy.end();
  CHECK(group.wait() == TP_OK);
  CHECK(task.order == std::vector<int>{0, 1, 10, 11, 20, 21});
}

TEST_CASE("A paused group starts nothing, and others run") {
  Noting task, other;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(GENERATE(as<std::size_t>{}, 0, 1)));
  InGroup job(group);
  CHECK(tp_group_pause(group) == TP_OK);
  CHECK(tp_group_pause(group) == TP_OK);
  const std::vector<int> items = range(20);
  for (const int item : items) forget_item(pool, task, item, &job);
  const Result map = map_async(pool, task, items.data(), 20, &job);
  for (const int item : items) CHECK(apply_item(pool, other, item).get() == TP_OK);
  CHECK(tp_result_wait(map, 0) == TP_ETIMEDOUT);
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  CHECK(task.order.empty());
  check_counts(group, 21, 0, 0);
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(group.wait() == TP_OK);
  CHECK(task.order.size() == 40);
}

TEST_CASE("A loop and a stream of a paused group stop after their chunks and go on later") {
  Gate gate;
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int* y) {
    ++ran;
    gate.wait();
    return *y = 0;
  });
  const std::vector<int> items = range(1000);
  Numbers source(1000);
  Pool pool(worker_counts());
  Group group(pool);
  InGroup job(group);
  job.chunksize = 1;
  const bool is_loop = GENERATE(true, false);
  const Result result =
      is_loop ? map_async(pool, task, items.data(), 1000, &job) : imap(pool, task, source, &job);
  gate.await(1);
  CHECK(tp_group_pause(group) == TP_OK);
  gate.open();
  Step other([] {});
  CHECK(apply_async(pool, other).get() == TP_OK);
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  CHECK(ran < 1000);
  CHECK(tp_group_resume(group) == TP_OK);
  if (!is_loop) CHECK(values_of(result).size() == 1000);
  CHECK(group.wait() == TP_OK);
  CHECK(ran == 1000);
}

TEST_CASE("On one worker a pause stops a loop of the group behind its chunk") {
  Gate first;
  std::atomic<int> ran{0};
  Task<int, int> task([&](const int*, int*) {
    if (++ran == 1) first.wait();
    return 0;
  });
  const std::vector<int> items = range(100);
  Pool pool(1);
  Group group(pool);
  InGroup job(group);
  job.chunksize = 1;
  const Result map = map_async(pool, task, items.data(), 100, &job);
  first.await(1);
  CHECK(tp_group_pause(group) == TP_OK);
  first.open();
  Step other([] {});
  CHECK(apply_async(pool, other).get() == TP_OK);
  CHECK(ran == 1);
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(map.get() == TP_OK);
}

TEST_CASE("A cancel of a group reaches the jobs so far, and the group stays usable") {
  Patient patient;
  Step never([] { FAIL("a cancelled job ran"); });
  Pool pool(2);
  Group group(pool, GroupOptions().running(1)), other(pool);
  InGroup job(group), elsewhere(other);
  Listening listening;
  listening.group = group;
  const Result running = apply_async(pool, patient, &job);
  patient.started.wait(1);
  const std::vector<Result> queued = apply_each(pool, never, 50, &job);
  const Result told = apply_async(pool, never, &listening);
  const Result kept = apply_async(pool, patient, &elsewhere);
  CHECK(tp_group_cancel(group) == TP_OK);
  for (const Result& result : queued) CHECK(result.get() == TP_ECANCELED);
  CHECK(told.get() == TP_ECANCELED);
  CHECK(listening.failures == 1);
  CHECK(running.get() == TP_OK);
  CHECK(group.wait() == TP_OK);
  check_counts(group, 0, 0, 52, 0, 51);
  Step again([] {});
  CHECK(apply_async(pool, again, &job).get() == TP_OK);
  CHECK(tp_result_ready(kept) == 0);
  CHECK(tp_group_cancel(other) == TP_OK);
  CHECK(tp_group_cancel(other) == TP_OK);
  CHECK(kept.get() == TP_OK);
}

TEST_CASE("Failures and cancels of a group's jobs are counted") {
  Task<void, void> fails([](const void*, void*) { return 7; });
  Step step([] {});
  Pool pool(worker_counts());
  Group group(pool);
  InGroup job(group);
  apply_times(pool, fails, 3, &job);
  apply_times(pool, step, 4, &job);
  CHECK(group.wait() == TP_OK);
  check_counts(group, 0, 0, 7, 3);
}

TEST_CASE("Room in a group comes back, beside that of the pool") {
  HeldStep held;
  tp_pool_options_t options = pool_options(2);
  options.max_pending = 3;
  Pool pool(options);
  Group group(pool, GroupOptions().pending(2));
  InGroup trying(group, TP_JOB_TRY), unbounded(group, TP_JOB_UNBOUNDED), timed(group);
  timed.submit_timeout = kShort;
  apply_times(pool, held, 2, &trying);
  CHECK(tp_pool_apply_async(pool, &held, nullptr, &trying, nullptr) == TP_EAGAIN);
  CHECK(tp_pool_apply_async(pool, &held, nullptr, &timed, nullptr) == TP_EAGAIN);
  Job alone(TP_JOB_TRY);
  forget(pool, held, &alone);  // the refused ones have taken no room of the pool
  CHECK(tp_pool_apply_async(pool, &held, nullptr, &alone, nullptr) == TP_EAGAIN);
  forget(pool, held, &unbounded);
  check_counts(group, 1, 2, 0);
  held.gate.open();
  CHECK(group.wait() == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  apply_times(pool, held, 2, &trying);
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("A submit waits for room in its group") {
  HeldStep held;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().pending(1));
  InGroup job(group);
  forget(pool, held, &job);
  std::atomic<int> status{1};
  Step step([] {});
  std::thread submitter([&] { status = tp_pool_apply_async(pool, &step, nullptr, &job, nullptr); });
  held.gate.await(1);
  CHECK(status == 1);
  held.gate.open();
  submitter.join();
  CHECK(status == TP_OK);
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("Without room in the group its caller runs the job") {
  HeldStep held;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().pending(1));
  InGroup job(group), here(group, TP_JOB_CALLER_RUNS);
  forget(pool, held, &job);
  std::thread::id ran_on;
  Step step([&] { ran_on = std::this_thread::get_id(); });
  const Result result = apply_async(pool, step, &here);
  CHECK(tp_result_ready(result) == 1);
  CHECK(ran_on == std::this_thread::get_id());
  std::atomic<int> ran{0};
  Task<int, int> item([&](const int*, int*) { return ++ran, 0; });
  const std::vector<int> items = range(20);
  CHECK(map_async(pool, item, items.data(), 20, &here).get() == TP_OK);
  CHECK(ran == 20);
  CHECK(tp_group_pause(group) == TP_OK);  // it does not hold this thread
  CHECK(map_async(pool, item, items.data(), 20, &here).get() == TP_OK);
  CHECK(ran == 40);
  CHECK(tp_group_resume(group) == TP_OK);
  held.gate.open();
  CHECK(group.wait() == TP_OK);
  check_counts(group, 0, 0, 4);
}

TEST_CASE("A job of a group starts after its time, in the line as from then on") {
  Noting task;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(1));
  InGroup later(group), far(group), job(group);
  later.start_after = 0.02;
  far.start_after = 1000;
  const Result timed = apply_item(pool, task, 2, &later);
  const Result never = apply_item(pool, task, 3, &far);
  forget_item(pool, task, 1, &job);
  CHECK(timed.get() == TP_OK);
  CHECK(task.order == std::vector<int>{1, 2});
  check_counts(group, 1, 0, 2);
  CHECK(tp_group_cancel(group) == TP_OK);
  CHECK(never.get() == TP_ECANCELED);
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("A deadline reaches a job that its group holds") {
  HeldStep held;
  Step never([] { FAIL("a late job ran"); });
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(1));
  InGroup job(group), timed(group);
  timed.deadline = 0.01;
  forget(pool, held, &job);
  held.gate.await(1);
  const Result late = apply_async(pool, never, &timed);
  CHECK(late.get() == TP_ETIMEDOUT);
  check_counts(group, 0, 1, 1, 1);
  held.gate.open();
  CHECK(group.wait() == TP_OK);
}

TEST_CASE("A released group is resumed, and its jobs run on") {
  Noting task;
  Pool pool(worker_counts());
  {
    Group group(pool, GroupOptions().running(1));
    InGroup job(group);
    CHECK(tp_group_pause(group) == TP_OK);
    for (const int item : range(20)) forget_item(pool, task, item, &job);
  }
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(task.order == range(20));
  CHECK(task.most == 1);
}

TEST_CASE("A join resumes paused groups, which then pause no more") {
  Noting task;
  Pool pool(worker_counts());
  Group group(pool);
  InGroup job(group);
  CHECK(tp_group_pause(group) == TP_OK);
  for (const int item : range(20)) forget_item(pool, task, item, &job);
  pool.finish();
  CHECK(task.order.size() == 20);
  CHECK(tp_group_pause(group) == TP_ECLOSED);
  CHECK(tp_group_wait(group, 0) == TP_OK);
}

TEST_CASE("terminate and destroy end what a group holds") {
  Patient patient;
  Step never([] { FAIL("a terminated job ran"); });
  Pool pool(2);
  Group group(pool, GroupOptions().running(1)), paused(pool);
  InGroup job(group), waiting(paused);
  CHECK(tp_group_pause(paused) == TP_OK);
  forget(pool, patient, &job);
  patient.started.wait(1);
  std::vector<Result> results = apply_each(pool, never, 10, &job);
  for (Result& result : apply_each(pool, never, 10, &waiting)) results.push_back(std::move(result));
  if (GENERATE(false, true)) CHECK(tp_pool_terminate(pool) == TP_OK);
  pool.destroy();
  for (const Result& result : results) CHECK(result.get() == TP_ETERMINATED);
  CHECK(tp_group_wait(group, 0) == TP_OK);
  check_counts(group, 0, 0, 11, 0, 10);
  check_counts(paused, 0, 0, 10, 0, 10);
  CHECK(tp_group_pause(group) == TP_ECLOSED);
  CHECK(tp_group_resume(group) == TP_OK);
  CHECK(tp_group_cancel(group) == TP_OK);
}

TEST_CASE("A closed pool makes no group, and takes no job for one") {
  Step step([] {});
  Pool pool(2);
  Group group(pool);
  InGroup job(group);
  CHECK(tp_pool_close(pool) == TP_OK);
  tp_group_t* made = group;
  CHECK(tp_group_create(pool, nullptr, &made) == TP_ECLOSED);
  CHECK(made == nullptr);
  CHECK(tp_pool_apply_async(pool, &step, nullptr, &job, nullptr) == TP_ECLOSED);
  check_counts(group, 0, 0, 0);
}

TEST_CASE("100000 groups with a job each cost less than 256 bytes each") {
  constexpr std::size_t kMany = kThreadSanitizer ? 10'000 : 100'000;
  Pool pool(2);
  std::vector<tp_group_t*> groups(kMany);
  GroupOptions options;
  options.name = "a short name";
  std::size_t most = 0;
  for (tp_group_t*& group : groups) {
    REQUIRE(tp_group_create(pool, &options, &group) == TP_OK);
    most = std::max(most, malloc_usable_size(group));
  }
  CHECK(most + sizeof(std::size_t) < 256);
  std::atomic<std::size_t> ran{0};
  Step step([&] { ++ran; });
  InGroup job(nullptr);
  for (tp_group_t* const group : groups) {
    job.group = group;
    forget(pool, step, &job);
  }
  for (tp_group_t* const group : groups) REQUIRE(tp_group_wait(group, kLong) == TP_OK);
  CHECK(ran == kMany);
  for (tp_group_t* const group : groups) tp_group_release(group);
}
