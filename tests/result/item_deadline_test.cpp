// SPDX-License-Identifier: MIT
// item_deadline: an item that takes too long is asked to stop, and has failed with TP_ETIMEDOUT when it returns.
#include <cmath>

#include "support/test.hpp"

using namespace support;

namespace {

// Items of odd numbers take too long, then return as they are told.
struct Slow : Task<int, int> {
  explicit Slow(int code = 0)
      : Task([this, code](const int* x, int* y) {
          if (*x % 2 == 0) return *y = *x, 0;
          await_stop();
          ++stopped;
          if (code) tp_task_set_error("too slow", nullptr, nullptr);
          return *y = *x, code;
        }) {
    value_drop = [](void* value) { dropped() += *static_cast<int*>(value); };
    dropped() = 0;
  }
  static std::atomic<int>& dropped() {
    static std::atomic<int> sum{0};
    return sum;
  }
  std::atomic<int> stopped{0};
};

struct Limited : Job {
  explicit Limited(double seconds = kShort, std::uint32_t job_flags = 0) : Job(job_flags) {
    item_deadline = seconds;
  }
};

const int kItems[] = {0, 1, 2, 3, 4};

}  // namespace

TEST_CASE("An apply that takes too long is asked to stop and fails with ETIMEDOUT") {
  Slow task;
  Limited job;
  job.listen();
  Pool pool(worker_counts());
  Result late = apply_item(pool, task, kItems[3], &job);
  Result quick = apply_item(pool, task, kItems[2], &job);
  CHECK(late.get() == TP_ETIMEDOUT);
  CHECK(tp_result_item_status(late, 0) == TP_ETIMEDOUT);
  CHECK(tp_error_status(tp_result_error(late)) == TP_ETIMEDOUT);
  CHECK(*quick.values<int>() == 2);
  CHECK(Slow::dropped() == 3);
  late.release();
  quick.release();
  pool.finish();
  CHECK(Slow::dropped() == 5);
  CHECK(job.failures == 1);
  CHECK(job.successes == 1);
}

TEST_CASE("In a map only the items that take too long fail, each from its own start") {
  const int code = GENERATE(0, 5);
  Slow task(code);
  Limited job;
  Pool pool(worker_counts());
  Result result = map_async(pool, task, kItems, 5, &job);
  CHECK(result.get() == TP_ETIMEDOUT);
  CHECK(tp_error_index(tp_result_error(result)) == 1);
  CHECK(tp_error_code(tp_result_error(result)) == code);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(tp_result_item_status(result, i) == (i % 2 ? TP_ETIMEDOUT : TP_OK));
  CHECK(task.stopped == 2);
  result.release();
  pool.finish();
  CHECK(Slow::dropped() == (code ? 6 : 10));
}

TEST_CASE("A blocking map and a for over chunks fail with ETIMEDOUT") {
  Slow task;
  int values[5] = {};
  Limited job;
  job.chunksize = 1;
  Body body([](std::size_t begin, std::size_t) {
    if (begin == 1) await_stop();
    return 0;
  });
  Pool pool(worker_counts());
  CHECK(tp_pool_map(pool, &task, kItems, values, 5, &job) == TP_ETIMEDOUT);
  CHECK(tp_error_index(tp_last_error()) == 1);
  CHECK(Slow::dropped() == 10);
  Result loop = for_async(pool, Body::run, &body, 5, &job);
  CHECK(loop.get() == TP_ETIMEDOUT);
  CHECK(tp_result_item_status(loop, 0) == TP_OK);
  CHECK(tp_result_item_status(loop, 1) == TP_ETIMEDOUT);
  CHECK(tp_pool_for(pool, Body::run, &body, 5, &job) == TP_ETIMEDOUT);
}

TEST_CASE("With KEEP_ERRORS a map succeeds, and its late items have their errors") {
  Slow task(5);
  Limited job(kShort, TP_JOB_KEEP_ERRORS);
  Pool pool(worker_counts());
  Result result = map_async(pool, task, kItems, 5, &job);
  REQUIRE(result.get() == TP_OK);
  for (std::size_t i = 0; i < 5; ++i) {
    const tp_error_t* const error = tp_result_item_error(result, i);
    CHECK((error != nullptr) == (i % 2 == 1));
    if (error != nullptr) CHECK(tp_error_status(error) == TP_ETIMEDOUT);
    if (error != nullptr) CHECK(tp_error_message(error) == std::string("too slow"));
  }
  CHECK(result.values<int>()[3] == 0);
}

TEST_CASE("With FAIL_FAST a late item ends the rest") {
  Slow task;
  Limited job(kShort, TP_JOB_FAIL_FAST);
  const std::vector<int> items(1000, 1);
  Pool pool(1);
  Result result = map_async(pool, task, items.data(), items.size(), &job);
  CHECK(result.get() == TP_ETIMEDOUT);
  CHECK(task.stopped == 1);
  CHECK(tp_result_item_status(result, 999) == TP_ECANCELED);
}

TEST_CASE("A stream yields ETASK for a late item, with ETIMEDOUT as the last error") {
  Slow task;
  Limited job;
  Numbers source(5);
  const auto imap_by = GENERATE(tp_pool_imap, tp_pool_imap_unordered);
  Pool pool(worker_counts());
  Result stream = imap(pool, task, source, &job, imap_by);
  int late = 0, values = 0, value = 0, status = TP_OK;
  while ((status = tp_result_next(stream, kLong, &value)) != TP_END) {
    late += status == TP_ETASK && tp_error_status(tp_last_error()) == TP_ETIMEDOUT;
    values += status == TP_OK;
  }
  CHECK(late == 2);
  CHECK(values == 3);
  CHECK(tp_error_status(tp_result_error(stream)) == TP_ETIMEDOUT);
}

TEST_CASE("Items that return in time are not touched, and a nested job has times of its own") {
  std::atomic<int> stopped{0};
  Step inner([&] { stopped += tp_task_stop_requested(); });
  Limited far(1000), soon;
  Step outer([&] {
    await_stop();
    tp_pool_apply(tp_worker_pool(), &inner, nullptr, nullptr);
  });
  Odd odd;
  Pool pool(worker_counts());
  CHECK(map_async(pool, odd, kItems, 5, &far).values<int>()[4] == 9);
  CHECK(apply_async(pool, outer, &soon).get() == TP_ETIMEDOUT);
  CHECK(stopped == 0);
}

TEST_CASE("What an item has spawned sees the end of the item's time") {
  std::atomic<int> seen{0};
  struct Part {
    std::atomic<int>* seen;
  } part{&seen};
  const auto wait = [](void* self) {
    await_stop();
    ++*static_cast<Part*>(self)->seen;
    return 0;
  };
  Step task([&] {
    tp_spawn_t spawned;
    if (tp_spawn(&spawned, wait, &part) != TP_OK) return;
    await_stop();
    tp_sync(&spawned);
  });
  Limited job;
  Pool pool(worker_counts());
  CHECK(apply_async(pool, task, &job).get() == TP_ETIMEDOUT);
  CHECK(seen == 1);
}

TEST_CASE("A value_drop of a late item may end its thread") {
  static std::atomic<int> drops;
  drops = 0;
  Task<int, int> task([](const int*, int* y) { return await_stop(), *y = 1, 0; });
  task.value_drop = [](void*) { ++drops, pthread_exit(nullptr); };
  Limited job;
  Pool pool(worker_counts());
  CHECK(apply_item(pool, task, kItems[0], &job).get() == TP_ELOST);
  CHECK(map_async(pool, task, kItems, 3, &job).get() == TP_ELOST);
  Numbers source(2);
  Result stream = imap(pool, task, source, &job);
  CHECK(stream.wait() == TP_OK);
  CHECK(tp_error_status(tp_result_error(stream)) == TP_ELOST);
  CHECK(drops == 6);
}

TEST_CASE("Bad times are refused with a sentence") {
  Odd task;
  Pool pool(1);
  const double bad = GENERATE(-1.0, static_cast<double>(NAN));
  for (double tp_job_options_t::*const field :
       {&tp_job_options_t::start_after, &tp_job_options_t::item_deadline,
        &tp_job_options_t::submit_timeout}) {
    Job job;
    job.*field = bad;
    tp_clear_error();
    CHECK(tp_pool_apply_async(pool, &task, kItems, &job, nullptr) == TP_EINVAL);
    CHECK(std::string(tp_error_message(tp_last_error())).find("options.") == 0);
    int value = 0;
    CHECK(tp_pool_map(pool, &task, kItems, &value, 1, &job) == TP_EINVAL);
    CHECK(std::string(tp_error_message(tp_last_error())).find("options.") == 0);
  }
}
