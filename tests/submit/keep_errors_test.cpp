// SPDX-License-Identifier: MIT
// TP_JOB_KEEP_ERRORS: a map whose items may fail without failing the job.
#include "support/test.hpp"

using namespace support;

TEST_CASE("Items that fail keep their errors and the others their values") {
  constexpr int kItems = 300;
  std::atomic<int> drops{0}, payloads{0};
  Task<int, int> task([&](const int* i, int* y) {
    *y = *i + 1;
    if (*i % 3 == 1) return tp_task_set_error("odd", &payloads, count_drop), 7;
    if (*i % 100 == 2) pthread_exit(nullptr);
    return 0;
  });
  static std::atomic<int>* dropped;
  dropped = &drops;
  task.value_drop = [](void* value) {
    if (*static_cast<int*>(value) > 0) ++*dropped;
  };
  Job job(TP_JOB_KEEP_ERRORS);
  job.listen();
  const std::vector<int> items = range(kItems);
  Pool pool(worker_counts());
  Result result = map_async(pool, task, items.data(), kItems, &job);
  const int* const values = result.values<int>();
  CHECK(tp_result_successful(result) == 1);
  CHECK(tp_result_error(result) == nullptr);
  for (int i = 0; i < kItems; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const int expected = i % 3 == 1 ? TP_ETASK : i % 100 == 2 ? TP_ELOST : TP_OK;
    CHECK(tp_result_item_status(result, index) == expected);
    const tp_error_t* const error = tp_result_item_error(result, index);
    CHECK((error == nullptr) == (expected == TP_OK));
    CHECK(values[i] == (error ? 0 : i + 1));
    if (!error) continue;
    CHECK(tp_error_status(error) == expected);
    CHECK(tp_error_index(error) == index);
    CHECK(tp_error_code(error) == (expected == TP_ETASK ? 7 : 0));
    CHECK((std::strcmp(tp_error_message(error), "odd") == 0) == (expected == TP_ETASK));
  }
  CHECK(tp_result_item_error(result, kItems) == nullptr);
  CHECK(drops == 0);
  CHECK(payloads == 0);
  pool.finish();
  CHECK(job.successes == 1);
  result.release();
  CHECK(drops == 200 - 2);  // two of the three lost ones are no multiple of three plus one
  CHECK(payloads == 100);
}

TEST_CASE("A callback is told how each item ended") {
  const bool keeps = GENERATE(false, true);
  Task<int, int> task([](const int* i, int*) { return *i % 2; });
  std::vector<int> statuses, told;
  Job job(keeps ? TP_JOB_KEEP_ERRORS : 0);
  job.listen([&](tp_result_t* result) {
    for (std::size_t i = 0; i < 4; ++i) {
      statuses.push_back(tp_result_item_status(result, i));
      told.push_back(tp_result_item_error(result, i) != nullptr);
    }
  });
  const std::vector<int> items = range(4);
  Pool pool(worker_counts());
  REQUIRE(tp_pool_map_async(pool, &task, items.data(), 4, &job, nullptr) == TP_OK);
  pool.finish();
  CHECK(job.successes == (keeps ? 1 : 0));
  CHECK(statuses == std::vector<int>{TP_OK, TP_ETASK, TP_OK, TP_ETASK});
  CHECK(told == std::vector<int>{0, 1, 0, keeps ? 1 : 0});
}

TEST_CASE("A map with kept errors that is cut has failed and still tells of its items") {
  Gate gate;
  Task<int, int> task([&](const int* i, int*) { return gate.wait(), *i == 0 ? 5 : 0; });
  Job job(TP_JOB_KEEP_ERRORS);
  job.chunksize = 1;
  job.listen();
  const std::vector<int> items = range(10);
  Pool pool(1);
  Result result = map_async(pool, task, items.data(), 10, &job);
  gate.await(1);
  CHECK(tp_result_cancel(result) == TP_OK);
  CHECK(tp_result_item_error(result, 0) == nullptr);  // not ready
  gate.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(job.failures == 1);
  CHECK(tp_error_code(tp_result_item_error(result, 0)) == 5);
  CHECK(tp_result_item_status(result, 9) == TP_ECANCELED);
  CHECK(tp_result_item_error(result, 9) == nullptr);
}

TEST_CASE("Without kept errors the item whose failure is the job's has one") {
  Task<int, int> task([](const int* i, int*) { return *i; });
  const std::vector<int> items{0, 4, 0, 6};
  Pool pool(worker_counts());
  Result single;
  Result map = map_async(pool, task, items.data(), 4);
  REQUIRE(tp_pool_apply_async(pool, &task, &items[3], nullptr, single.out()) == TP_OK);
  CHECK(map.get() == TP_ETASK);
  CHECK(single.get() == TP_ETASK);
  CHECK(tp_error_code(tp_result_item_error(map, 1)) == 4);
  for (const std::size_t i : {0u, 2u, 3u, 4u}) CHECK(tp_result_item_error(map, i) == nullptr);
  CHECK(tp_error_code(tp_result_item_error(single, 0)) == 6);
  CHECK(tp_result_item_error(single, 1) == nullptr);
}

TEST_CASE("Failed items of a map with kept errors are not reported as unobserved") {
  std::atomic<int> reports{0};
  tp_pool_options_t options = pool_options(2);
  options.arg = &reports;
  options.unobserved = [](void* arg, const tp_error_t*) { count_drop(arg); };
  Task<int, int> task([](const int*, int*) { return 1; });
  Job job(TP_JOB_KEEP_ERRORS);
  const std::vector<int> items = range(10);
  {
    Pool pool(options);
    REQUIRE(tp_pool_map_async(pool, &task, items.data(), 10, &job, nullptr) == TP_OK);
    pool.finish();
    CHECK(stats_of(pool).failed == 0);
  }
  CHECK(reports == 0);
}
