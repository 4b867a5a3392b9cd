// SPDX-License-Identifier: MIT
// The sized structs: older and newer programs than the library.
#include "capi/bad_calls.hpp"
#include "support/test.hpp"

using namespace support;
using matrix::Larger;

namespace {

// A struct whose fields from `offset` on were unknown to the program: they hold garbage.
template <class Struct>
Struct older(Struct known, std::size_t offset) {
  std::memset(reinterpret_cast<unsigned char*>(&known) + offset, 0xee, sizeof(known) - offset);
  known.size = offset;
  return known;
}

}  // namespace

TEST_CASE("A newer struct whose unknown fields are zero works") {
  Odd odd;
  const int item = 4;
  int value = 0;
  const Larger<tp_pool_options_t> options(pool_options(3), 0);
  Pool pool(options.base);
  const Larger<tp_task_t> task(odd, 0);
  CHECK(tp_pool_apply(pool, &task.base, &item, &value) == TP_OK);
  CHECK(value == 9);
  tp_job_options_t plain{};
  plain.chunksize = 1;
  const Larger<tp_job_options_t> job(plain, 0);
  value = 0;
  CHECK(tp_pool_map(pool, &task.base, &item, &value, 1, &job.base) == TP_OK);
  CHECK(value == 9);
  Larger<tp_pool_stats_t> stats(tp_pool_stats_t{}, 0);
  CHECK(tp_pool_stats(pool, &stats.base) == TP_OK);
  CHECK(stats.base.workers == 3);
}

TEST_CASE("A newer struct with one unknown byte set is refused, whichever byte it is") {
  Odd odd;
  Pool pool(1);
  const int item = 4;
  for (std::size_t i = 0; i < sizeof(Larger<tp_task_t>::bytes); ++i) {
    Larger<tp_task_t> task(odd, 0);
    task.bytes[i] = 1;
    int value = 5;
    CHECK(tp_pool_apply(pool, &task.base, &item, &value) == TP_EINVAL);
    CHECK(value == 5);
  }
}

TEST_CASE("An older pool options struct works; what lies behind it is not read") {
  tp_pool_options_t options = pool_options(2);
  options.name = "old";
  const std::size_t offset =
      GENERATE(sizeof(std::size_t), offsetof(tp_pool_options_t, initializer),
               offsetof(tp_pool_options_t, name), offsetof(tp_pool_options_t, flags),
               offsetof(tp_pool_options_t, max_pending), offsetof(tp_pool_options_t, arg_drop));
  Pool pool(older(options, offset));
  std::size_t workers = 0;
  CHECK(tp_pool_workers(pool, &workers) == TP_OK);
  if (offset > sizeof(std::size_t)) CHECK(workers == 2);
  Step task([] {});
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}

TEST_CASE("An older task struct works; what lies behind it is not read") {
  Task<int, int> full([](const int* x, int* y) { return *y = x == nullptr ? 1 : *x, 0; });
  Pool pool(1);
  const int item = 6;
  int value = 0;
  SECTION("up to the sizes") {
    const tp_task_t task = older<tp_task_t>(full, offsetof(tp_task_t, item_move));
    CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
    CHECK(value == 6);
    Result result = apply_item(pool, task, item);
    CHECK(*result.values<int>() == 6);
  }
  SECTION("up to the ctx: no item, no value") {
    std::atomic<int> ran{0};
    Step step([&] { ++ran; });
    const tp_task_t task = older<tp_task_t>(step, offsetof(tp_task_t, item_size));
    CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
    CHECK(ran == 1);
  }
  SECTION("without its function") {
    const tp_task_t task = older<tp_task_t>(full, offsetof(tp_task_t, fn));
    CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_EINVAL);
    CHECK(value == 0);
  }
}

TEST_CASE("An older job options struct works; what lies behind it is not read") {
  Odd task;
  Pool pool(2);
  const int items[] = {1, 2};
  tp_job_options_t job{};
  job.chunksize = 1;
  const std::size_t offset =
      GENERATE(sizeof(std::size_t), offsetof(tp_job_options_t, buffersize),
               offsetof(tp_job_options_t, flags), offsetof(tp_job_options_t, callback),
               offsetof(tp_job_options_t, source_drop), offsetof(tp_job_options_t, ctx_drop));
  const tp_job_options_t old = older(job, offset);
  int values[2] = {};
  CHECK(tp_pool_map(pool, &task, items, values, 2, &old) == TP_OK);
  CHECK(values[1] == 5);
  Numbers source(3);
  Result stream = imap(pool, task, source, &old);
  CHECK(stream.wait() == TP_OK);
}

TEST_CASE("An older stats struct gets as many fields as fit, and nothing behind them") {
  Pool pool(3);
  tp_pool_stats_t stats;
  std::memset(&stats, 0xee, sizeof(stats));
  stats.size = offsetof(tp_pool_stats_t, busy);
  CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  CHECK(stats.size == offsetof(tp_pool_stats_t, busy));
  CHECK(stats.state == 0);
  CHECK(stats.workers == 3);
  CHECK(stats.busy == 0xeeeeeeeeeeeeeeee);
  CHECK(stats.callbacks == 0xeeeeeeeeeeeeeeee);
}

TEST_CASE("The library copies the structs it is given") {
  Odd odd;
  const int item = 1;
  Result result;
  Job listener;
  Pool pool(1);
  {
    Busy busy(pool, 1);
    tp_task_t task = odd;
    tp_job_options_t job = listener.listen();
    REQUIRE(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_OK);
    std::memset(static_cast<void*>(&task), 0xee, sizeof(task));
    std::memset(static_cast<void*>(&job), 0xee, sizeof(job));
  }
  CHECK(*result.values<int>() == 3);
  CHECK(listener.successes == 1);
}
