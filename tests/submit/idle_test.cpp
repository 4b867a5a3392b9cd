// SPDX-License-Identifier: MIT
// What a wait has returned is over for the pool, too; and when the pool is idle, all of it is over.
#include "support/test.hpp"

using namespace support;

namespace {

constexpr int kRounds = 300;

enum class Call { apply, map, loop, stream, blocking };
enum class Way { get, poll, any, as_completed };

// Lets one job run to its end and sees how that is told.
class Round {
 public:
  Round(Pool& pool, tp_task_t& task, Call call) : pool_(pool) {
    if (call == Call::apply)
      REQUIRE(tp_pool_apply_async(pool_, &task, items_.data(), nullptr, result_.out()) == TP_OK);
    else if (call == Call::map)
      REQUIRE(tp_pool_map_async(pool_, &task, items_.data(), 8, nullptr, result_.out()) == TP_OK);
    else if (call == Call::loop)
      run_loop();
    else if (call == Call::stream)
      run_stream(task);
    else
      REQUIRE(tp_pool_map(pool_, &task, items_.data(), values_, 8, nullptr) == TP_OK);
  }

  void learn(Way way) {
    if (!result_) return;
    if (way == Way::poll) await("a result", [&] { return tp_result_ready(result_) == 1; });
    tp_result_t* const handle = result_;
    std::size_t index = 0;
    if (way == Way::any) REQUIRE(tp_wait_any(&handle, 1, kLong, &index) == TP_OK);
    if (way == Way::as_completed) REQUIRE(Completed({handle}).next(kLong) == TP_OK);
    if (way == Way::get) REQUIRE(result_.wait() == TP_OK);
  }

 private:
  void run_loop() {
    Chunked options(2);
    REQUIRE(tp_pool_for_async(pool_, empty_range, nullptr, 8, &options, result_.out()) == TP_OK);
  }

  // A stream tells the end by itself.
  void run_stream(tp_task_t& task) {
    Result stream = imap(pool_, task, numbers_);
    int status = TP_OK;
    while ((status = tp_result_next(stream, kLong, nullptr)) == TP_OK) {
    }
    REQUIRE(status == TP_END);
  }

  Pool& pool_;
  const std::vector<int> items_ = std::vector<int>(8);
  Numbers numbers_{8};
  int values_[8];
  Result result_;
};

// What is wrong in the statistics of a pool in which so many jobs were submitted and are over.
std::string missing(const Pool& pool, std::uint64_t jobs) {
  const tp_pool_stats_t stats = stats_of(pool);
  std::string wrong;
  if (stats.completed != jobs) wrong += " completed";
  if (stats.submitted != jobs) wrong += " submitted";
  if (stats.running) wrong += " running";
  if (stats.busy) wrong += " busy";
  if (stats.queued) wrong += " queued";
  return wrong;
}

}  // namespace

TEST_CASE("Right after a wait for its only job the pool is idle and has counted it") {
  Odd task;
  const Call call = GENERATE(Call::apply, Call::map, Call::loop, Call::stream, Call::blocking);
  const Way way = GENERATE(Way::get, Way::poll, Way::any, Way::as_completed);
  Pool pool(pool_options(GENERATE(as<std::size_t>{}, 1, 2, 8), GENERATE(0u, TP_POOL_CALLER_HELPS)));
  int busy = 0;
  std::string wrong;
  for (int i = 1; i <= kRounds; ++i) {
    Round round(pool, task, call);
    round.learn(way);
    wrong += missing(pool, static_cast<std::uint64_t>(i));
    busy += tp_pool_wait_idle(pool, 0) != TP_OK;
  }
  CHECK(busy == 0);
  CHECK(wrong.empty());
}

TEST_CASE("Right after a wait there is room for the next job, and after a failure") {
  Task<void, void> fails([](const void*, void*) { return 7; });
  tp_pool_options_t options = pool_options(GENERATE(as<std::size_t>{}, 1, 2, 8));
  options.max_pending = 1;
  Pool pool(options);
  Job job(TP_JOB_TRY);
  int refused = 0, uncounted = 0;
  for (std::uint64_t i = 1; i <= kRounds; ++i) {
    Result result;
    refused += tp_pool_apply_async(pool, &fails, nullptr, &job, result.out()) != TP_OK;
    if (result) CHECK(result.get() == TP_ETASK);
    uncounted += stats_of(pool).failed != i;
  }
  CHECK(refused == 0);
  CHECK(uncounted == 0);
}

TEST_CASE("Right after a wait a pool without threads is idle") {
  Odd task;
  Pool pool(pool_options(1, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS));
  const Call call = GENERATE(Call::apply, Call::map, Call::loop, Call::stream, Call::blocking);
  std::string wrong;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    Round round(pool, task, call);
    round.learn(Way::get);
    wrong += missing(pool, i);
    CHECK(tp_pool_wait_idle(pool, 0) == TP_OK);
  }
  CHECK(wrong.empty());
}

TEST_CASE("When a pool is idle, every job is ready and its callbacks have run") {
  Odd task;
  Pool pool(GENERATE(as<std::size_t>{}, 1, 2, 8));
  const std::vector<int> items(8);
  int late = 0;
  for (int i = 0; i < kRounds; ++i) {
    Listening job;
    std::vector<Result> results(4);
    Done done;
    for (Result& result : results) {
      REQUIRE(tp_pool_map_async(pool, &task, items.data(), 8, &job, result.out()) == TP_OK);
      done.listen(result);
    }
    while (tp_pool_wait_idle(pool, i % 2 ? kLong : 0) != TP_OK) {
    }
    for (const Result& result : results) late += tp_result_ready(result) != 1;
    late += job.successes != 4 || done.calls != 4;
  }
  CHECK(late == 0);
}

TEST_CASE("A pool whose done callback runs is not idle, and a poll does not wait for it") {
  Gate gate;
  Done done([&](tp_result_t*) { gate.wait(); });
  Odd task;
  Pool pool(2);
  const int item = 1;
  Result result;
  {
    Busy busy(pool, 2);
    REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
    done.listen(result);
  }
  CHECK(result.wait() == TP_OK);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  gate.await(1);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("A poll for idle does not wait for the hooks of a job that nobody holds") {
  Gate gate;
  Task<void, Gate*> task([&](const void*, Gate** value) { return *value = &gate, 0; });
  task.value_drop = [](void* value) { (*static_cast<Gate**>(value))->wait(); };
  Pool pool(1);
  forget(pool, task);
  gate.await(1);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}

TEST_CASE("A poll for idle does not wait for the report of a task that was forgotten") {
  Gate gate;
  Task<void, void> fails([](const void*, void*) { return 7; });
  tp_pool_options_t options = pool_options(1);
  options.arg = &gate;
  options.unobserved = [](void* arg, const tp_error_t*) { static_cast<Gate*>(arg)->wait(); };
  Pool pool(options);
  forget(pool, fails);
  gate.await(1);
  CHECK(tp_pool_wait_idle(pool, 0) == TP_ETIMEDOUT);
  gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
}
