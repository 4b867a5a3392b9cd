// SPDX-License-Identifier: MIT
// Loops that one thread runs alone, because they were quick the last time: a worker, or the caller where it helps.
#include <array>

#include "support/busy.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

constexpr std::size_t kItems = 10;

std::array<std::atomic<int>, kItems + 1>
    drops;  // of each value; the last one is that of items that failed
bool drop_exits = false;

void drop_value(void* value) {
  const int number = *static_cast<int*>(value);
  ++drops[static_cast<std::size_t>(number)];
  if (number == 2 && drop_exits) pthread_exit(nullptr);
}

enum class Way { code, exception, thread };

// value = item, but for the items that fail while it is armed.
struct Failing : Task<int, int> {
  explicit Failing(Way how)
      : Task([this, how](const int* item, int* value) {
          ++runs[static_cast<std::size_t>(*item)];
          *value = *item;
          if (!is_armed || !fails[static_cast<std::size_t>(*item)]) return 0;
          *value = kItems;
          if (how == Way::exception) throw std::runtime_error("no");
          if (how == Way::thread) pthread_exit(nullptr);
          return 7;
        }) {
    value_drop = drop_value;
  }

  bool is_armed = false;
  std::array<bool, kItems> fails{};
  std::array<std::atomic<int>, kItems> runs{};
};

int run_batch(void* ctx, const void* items, void* values, std::size_t n, std::size_t* at) {
  auto& task = *static_cast<Failing*>(ctx);
  for (; *at < n; ++*at)
    if (const int code =
            task.body(static_cast<const int*>(items) + *at, static_cast<int*>(values) + *at))
      return code;
  return 0;
}

// Calls until the loop is known as quick.
template <class Call>
void make_known(Call call) {
  for (int i = 0; i < 20; ++i) REQUIRE(call() == TP_OK);
}

}  // namespace

TEST_CASE("After a failed map no value is left, whoever runs it") {
  const auto flags = GENERATE(0u, static_cast<std::uint32_t>(TP_POOL_CALLER_HELPS));
  const auto how = GENERATE(Way::code, Way::exception, Way::thread);
  drop_exits = GENERATE(false, true);
  const bool is_batch = GENERATE(false, true), is_known = GENERATE(false, true);
  Job options(GENERATE(0u, static_cast<std::uint32_t>(TP_JOB_FAIL_FAST)));
  Failing task(how);
  if (is_batch) task.batch = run_batch;
  const auto failing = GENERATE(0u, 4u, 9u);
  task.fails[failing] = true;
  if (failing == 4) task.fails[5] = task.fails[8] = true;
  const std::vector<int> items = range(kItems);
  std::vector<int> values(kItems);
  for (auto& count : drops) count = 0;
  Pool pool(pool_options(worker_counts(), flags));
  const auto map = [&] {
    return tp_pool_map(pool, &task, items.data(), values.data(), kItems, &options);
  };
  if (is_known) make_known(map);
  for (std::size_t i = 0; i < kItems; ++i) CHECK(drops[i] == 0);
  for (auto& count : task.runs) count = 0;
  task.is_armed = true;
  int status = TP_OK;
  std::size_t index = SIZE_MAX;
  in_thread([&] {  // an item may end this thread
    status = TP_ELOST;
    status = map();
    index = tp_error_index(tp_last_error());
  });
  const bool ends_here = how == Way::thread || (flags && drop_exits);
  if (!ends_here) CHECK(status == TP_ETASK);
  if (how == Way::thread) CHECK(status == TP_ELOST);
  if (index != SIZE_MAX && !options.flags) CHECK(index == failing);
  const bool all_run = !options.flags && !(flags && ends_here);
  CHECK(drops[kItems] == 0);
  for (std::size_t i = 0; i < kItems; ++i) {
    if (all_run) CHECK(task.runs[i] == 1);
    CHECK(task.runs[i] <= 1);
    CHECK(drops[i] == (task.fails[i] ? 0 : task.runs[i].load()));
    if (options.flags && i > failing && stats_of(pool).workers == 1 && !flags)
      CHECK(task.runs[i] == 0);
  }
}

TEST_CASE("A worker that runs a quick loop counts all of its items") {
  Odd odd;
  const std::vector<int> items = range(kItems);
  std::vector<int> values(kItems);
  Body body([](std::size_t, std::size_t) { return 0; });
  Pool pool(worker_counts());
  make_known([&] { return tp_pool_map(pool, &odd, items.data(), values.data(), kItems, nullptr); });
  make_known([&] { return tp_pool_for(pool, Body::run, &body, 3, nullptr); });
  make_known([&] { return tp_pool_for(pool, Body::run, &body, 0, nullptr); });
  CHECK(values == odds(kItems));
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.submitted == 60);
  CHECK(stats.completed == 60);
  CHECK(stats.items == 20 * kItems + 60);
  CHECK(stats.queued == 0);
  CHECK(stats.running == 0);
}

TEST_CASE("A quick loop that no worker has begun is cut whole") {
  const bool is_cancelled = GENERATE(false, true);
  std::atomic<int> runs{0};
  Body body(
      [&](std::size_t begin, std::size_t end) { return runs += static_cast<int>(end - begin), 0; });
  Pool pool(worker_counts());
  const auto loop = [&] { return tp_pool_for(pool, Body::run, &body, 5, nullptr); };
  make_known(loop);
  const tp_pool_stats_t before = stats_of(pool);
  runs = 0;
  {
    Busy busy(pool, before.workers);
    int status = TP_OK;
    std::thread caller([&] { status = loop(); });
    await("the loop", [&] { return stats_of(pool).queued == 5; });
    if (is_cancelled)
      CHECK(tp_pool_cancel(pool) == TP_OK);
    else
      CHECK(tp_pool_terminate(pool) == TP_OK);
    caller.join();
    CHECK(status == (is_cancelled ? TP_ECANCELED : TP_ETERMINATED));
  }
  CHECK(runs == 0);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.queued == 0);
  CHECK(stats.items == before.items + before.workers);  // those of busy
}

TEST_CASE("An item of a quick loop sees a cancel of its pool, on a worker too") {
  tp_pool_t* cancelled = nullptr;
  int before = 0, after = 0;
  Body body([&](std::size_t, std::size_t) {
    if (!cancelled) return 0;
    before += tp_task_stop_requested();
    tp_pool_cancel(cancelled);
    after += tp_task_stop_requested();
    return 0;
  });
  Pool pool(worker_counts());
  const auto loop = [&] { return tp_pool_for(pool, Body::run, &body, 1, nullptr); };
  make_known(loop);
  cancelled = pool;
  loop();
  CHECK(before == 0);
  CHECK(after == 1);
}

TEST_CASE("A loop on workers that was quick and is slow now is shared from the next call on") {
  std::atomic<int> inside{0};
  std::atomic<bool> slow{false}, met{false};
  Task<int, void> task([&](const int*, void*) {
    if (!slow) return 0;
    ++inside;
    // two at once, or one alone for as long as it takes to be noticed as slow
    for (auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
         std::chrono::steady_clock::now() < end && !met;)
      if (inside == 2) met = true;
    --inside;
    return 0;
  });
  Pool pool(2);
  const int items[2] = {};
  const auto map = [&] { return tp_pool_map(pool, &task, items, nullptr, 2, nullptr); };
  make_known(map);
  slow = true;
  for (int i = 0; i < 100 && !met; ++i) REQUIRE(map() == TP_OK);
  CHECK(met);
}
