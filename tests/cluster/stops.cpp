// SPDX-License-Identifier: MIT
// Jobs over ranks that are stopped, held back, or given up after a failure.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "rank.hpp"

using namespace rank;

namespace {

// Counts in its rank the items that have run.
std::atomic<int> ran{0};
int count_here(void*, const void* item, void* value) {
  usleep(2000);
  ++ran;
  *static_cast<int*>(value) = *static_cast<const int*>(item) + 1;
  return 0;
}
const tp_task_t kCounted = TP_TASK(count_here, nullptr, int, int);

std::size_t running_in(tp_pool_t* pool) {
  tp_pool_stats_t stats = sized<tp_pool_stats_t>();
  CHECK(tp_pool_stats(pool, &stats) == TP_OK);
  return stats.running;
}
void await_running(tp_pool_t* pool, std::size_t least) {
  while (running_in(pool) < least) usleep(500);
}

// A job of which nothing was handed out is cancelled, and no item of it runs. Otherwise all of it runs.
void cancel_pending(tp_pool_t* pool) {
  const std::vector<int> items = range(static_cast<int>(40 * count()));
  const auto submit = [&] {
    tp_result_t* result = nullptr;
    CHECK(tp_pool_map_async(pool, &kCounted, items.data(), items.size(), nullptr, &result) ==
          TP_OK);
    return result;
  };
  CHECK(tp_pool_pause(pool) == TP_OK);
  tp_result_t* const unstarted = submit();
  CHECK(tp_result_cancel_pending(unstarted) == 1);
  CHECK(tp_result_get(unstarted, kLong, nullptr) == TP_ECANCELED);
  tp_result_release(unstarted);
  CHECK(tp_pool_resume(pool) == TP_OK);
  tp_result_t* const started = submit();
  await_running(pool, 1);
  CHECK(tp_result_cancel_pending(started) == 0);
  CHECK(tp_result_wait(started, kLong) == TP_OK && tp_result_successful(started) == 1);
  tp_result_release(started);
  CHECK(sum_in_all<ran>(pool) == static_cast<int>(items.size()));
}

// A paused pool hands nothing out. What is out comes back.
void pause(tp_pool_t* pool) {
  const std::vector<int> items = range(static_cast<int>(200 * count()));
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &kCounted, items.data(), items.size(), nullptr, &result) == TP_OK);
  await_running(pool, count());
  CHECK(tp_pool_pause(pool) == TP_OK);
  while (running_in(pool) != 0) usleep(500);
  CHECK(tp_result_wait(result, 0.05) == TP_ETIMEDOUT);
  CHECK(tp_pool_resume(pool) == TP_OK);
  CHECK(tp_result_wait(result, kLong) == TP_OK);
  CHECK(tp_result_successful(result) == 1);
  tp_result_release(result);
  CHECK(sum_in_all<ran>(pool) == static_cast<int>(items.size()));
}

// An item that is 0 fails; all others wait for the stop flag, in each rank.
int fail_or_wait(void*, const void* item, void*) {
  if (*static_cast<const int*>(item) == 0) return 9;
  while (!tp_task_stop_requested()) usleep(500);
  return 0;
}
void fail_fast(tp_pool_t* pool) {
  const tp_task_t task = TP_TASK(fail_or_wait, nullptr, int, int);
  std::size_t workers = 0;
  CHECK(tp_pool_workers(pool, &workers) == TP_OK);
  std::vector<int> items(100 * workers, 1);
  // The others keep all workers but one. Alone, a worker may have a range of items, of which the first is run first.
  const std::size_t failing = count() > 1 ? workers - 1 : 0;
  items[failing] = 0;
  tp_job_options_t options = sized<tp_job_options_t>();
  options.flags = TP_JOB_FAIL_FAST;
  tp_result_t* result = nullptr;
  CHECK(tp_pool_map_async(pool, &task, items.data(), items.size(), &options, &result) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETASK);
  const tp_error_t* const error = tp_result_error(result);
  CHECK(error && tp_error_code(error) == 9 && tp_error_index(error) == failing);
  tp_result_release(result);
}

constexpr Case kCases[] = {
    {"cancel_pending", cancel_pending}, {"pause", pause}, {"fail_fast", fail_fast}};

}  // namespace

int main(int argc, char** argv) { return run(argc, argv, kCases); }
