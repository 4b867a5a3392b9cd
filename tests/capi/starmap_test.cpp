// SPDX-License-Identifier: MIT
// starmap, and every other shape of a job with the task of a typed call.
#ifdef TPOOL_FFI
#include "capi/scalings.hpp"
#include "support/call.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

using namespace support;

TEST_CASE("starmap calls the function with each row") {
  const TypedCall call(scale, kScale);
  Scalings some(10000);
  std::vector<double> values(some.rows.size());
  Pool pool(worker_counts());
  CHECK(tp_pool_starmap(pool, call, some.rows.data(), values.data(), values.size(), nullptr) ==
        TP_OK);
  some.check(values.data());
  Chunked job(7);
  std::fill(values.begin(), values.end(), 0);
  CHECK(tp_pool_starmap(pool, call, some.rows.data(), values.data(), values.size(), &job) == TP_OK);
  some.check(values.data());
}

TEST_CASE("starmap_async has the values in its result, and calls back") {
  const TypedCall call(scale, kScale);
  const Scalings some(1000);
  Job job;
  Result result;
  Pool pool(worker_counts());
  job.listen([&](tp_result_t* own) {
    void* values = nullptr;
    if (tp_result_get(own, 0, &values) != TP_OK) give_up("values inside the callback");
  });
  REQUIRE(tp_pool_starmap_async(pool, call, some.rows.data(), some.rows.size(), &job,
                                result.out()) == TP_OK);
  some.check(result.values<double>());
  CHECK(job.successes == 1);
  CHECK(job.failures == 0);
  CHECK(tp_result_item_status(result, 999) == TP_OK);
}

TEST_CASE("apply, map and imap take the task of a call") {
  const TypedCall call(scale, kScale);
  const tp_task_t task = call.task();
  Scalings some(300);
  Pool pool(worker_counts());
  double value = 0;
  CHECK(tp_pool_apply(pool, &task, &some.rows[21], &value) == TP_OK);
  CHECK(value == some.expected[21]);
  Result single, unordered;
  REQUIRE(tp_pool_apply_async(pool, &task, &some.rows[21], nullptr, single.out()) == TP_OK);
  CHECK(*single.values<double>() == some.expected[21]);
  std::vector<double> values(some.rows.size());
  CHECK(tp_pool_map(pool, &task, some.rows.data(), values.data(), values.size(), nullptr) == TP_OK);
  some.check(values.data());
  Result mapped = map_async(pool, task, some.rows.data(), values.size());
  some.check(mapped.values<double>());
  Result stream = imap(pool, task, some);
  for (double& next : values) REQUIRE(tp_result_next(stream, kLong, &next) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  some.check(values.data());
  some.pulled = 0;
  double sum = 0;
  REQUIRE(tp_pool_imap_unordered(pool, &task, Scalings::pull, &some, nullptr, unordered.out()) ==
          TP_OK);
  while (tp_result_next(unordered, kLong, &value) == TP_OK) sum += value;
  double expected = 0;
  for (const double one : some.expected) expected += one;
  CHECK(sum == expected);  // exact: all are small multiples of a power of two
}

TEST_CASE("Small values lie side by side and keep their neighbours") {
  const TypedCall call(
      +[](int x) { return static_cast<std::int8_t>(-x); }, "int8(int)");
  std::vector<int> rows(1001);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int>(i % 100);
  std::vector<std::int8_t> values(rows.size() + 1, 77);
  Pool pool(worker_counts());
  CHECK(tp_pool_starmap(pool, call, rows.data(), values.data(), rows.size(), nullptr) == TP_OK);
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(values[i] == -rows[i]);
  CHECK(values.back() == 77);
}

TEST_CASE("A function without value needs no values, one without arguments no rows") {
  static std::atomic<int> sum;
  sum = 0;
  const TypedCall add(
      +[](int x) { sum += x; }, "void(int)");
  const TypedCall one(
      +[] { return ++sum; }, "int()");
  const int rows[] = {1, 20, 300};
  int values[4] = {};
  Pool pool(2);
  CHECK(tp_pool_starmap(pool, add, rows, nullptr, 3, nullptr) == TP_OK);
  CHECK(sum == 321);
  CHECK(tp_pool_starmap(pool, one, nullptr, values, 4, nullptr) == TP_OK);
  CHECK(sum == 325);
  CHECK(values[0] + values[1] + values[2] + values[3] == 322 + 323 + 324 + 325);
  const tp_task_t task = add.task();
  CHECK(tp_pool_apply(pool, &task, &rows[0], nullptr) == TP_OK);
  CHECK(sum == 326);
}

TEST_CASE("starmap refuses what map refuses") {
  const TypedCall call(scale, kScale);
  const Scaling row{1, 1};
  double value = 0;
  int any = 0;
  auto* result = reinterpret_cast<tp_result_t*>(&any);
  Pool pool(1);
  CHECK(tp_pool_starmap(nullptr, call, &row, &value, 1, nullptr) == TP_EINVAL);
  CHECK(tp_pool_starmap(pool, nullptr, &row, &value, 1, nullptr) == TP_EINVAL);
  CHECK(tp_pool_starmap(pool, call, nullptr, &value, 1, nullptr) == TP_EINVAL);
  CHECK(tp_pool_starmap(pool, call, &row, nullptr, 1, nullptr) == TP_EINVAL);
  CHECK(tp_pool_starmap(pool, call, nullptr, nullptr, 0, nullptr) == TP_OK);
  CHECK(tp_pool_starmap_async(pool, nullptr, &row, 1, nullptr, &result) == TP_EINVAL);
  CHECK(result == nullptr);
  for (const std::size_t n : {SIZE_MAX / sizeof(Scaling) + 1, SIZE_MAX, SIZE_MAX / 2}) {
    CHECK(tp_pool_starmap(pool, call, &row, &value, n, nullptr) == TP_EOVERFLOW);
    CHECK(tp_pool_starmap_async(pool, call, &row, n, nullptr, nullptr) == TP_EOVERFLOW);
  }
  CHECK(tp_error_status(tp_last_error()) == TP_EOVERFLOW);
  CHECK(value == 0);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_starmap(pool, call, &row, &value, 1, nullptr) == TP_ECLOSED);
  CHECK(tp_pool_starmap_async(pool, call, &row, 1, nullptr, nullptr) == TP_ECLOSED);
  const tp_task_t task = call.task();
  CHECK(tp_pool_apply_async(pool, &task, &row, nullptr, nullptr) == TP_ECLOSED);
  tp_clear_error();
}

#endif
