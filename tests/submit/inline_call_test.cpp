// SPDX-License-Identifier: MIT
// Blocking calls that the submitting thread runs by itself: accepted, counted and ended like others.
#include "support/test.hpp"

using namespace support;

namespace {

tp_pool_options_t helping(std::size_t workers) {
  return pool_options(workers, TP_POOL_CALLER_HELPS);
}

// A map or for that has run often enough to be known as quick.
template <class Call>
void make_known(Call call) {
  for (int i = 0; i < 20; ++i) REQUIRE(call() == TP_OK);
}

// Adds the length of each part: several workers may run parts of one loop.
int count_range(void* count, std::size_t begin, std::size_t end) {
  *static_cast<std::atomic<std::size_t>*>(count) += end - begin;
  return 0;
}

}  // namespace

TEST_CASE("An apply of a thread that helps runs on it, whatever the workers do") {
  Pool pool(helping(worker_counts()));
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  Step task([&] { there = std::this_thread::get_id(); });
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  CHECK(there == here);
}

TEST_CASE("Calls that ran inline are in the statistics") {
  Odd odd;
  Pool pool(helping(worker_counts()));
  for (int i = 0; i < 10; ++i) {
    int value = 0;
    REQUIRE(tp_pool_apply(pool, &odd, &i, &value) == TP_OK);
    REQUIRE(value == 2 * i + 1);
  }
  std::atomic<std::size_t> count{0};
  for (int i = 0; i < 50; ++i) REQUIRE(tp_pool_for(pool, count_range, &count, 2, nullptr) == TP_OK);
  CHECK(count == 100);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  const tp_pool_stats_t stats = stats_of(pool);
  CHECK(stats.submitted == 60);
  CHECK(stats.completed == 60);
  CHECK(stats.items == 110);
  CHECK(stats.queued == 0);
  CHECK(stats.running == 0);
}

TEST_CASE("While a call runs inline, the pool is not idle and the call counts as running") {
  HeldStep task;
  Pool pool(helping(2));
  std::thread caller([&] { tp_pool_apply(pool, &task, nullptr, nullptr); });
  task.gate.await(1);
  CHECK(tp_pool_wait_idle(pool, kShort) == TP_ETIMEDOUT);
  CHECK(stats_of(pool).running == 1);
  task.gate.open();
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  caller.join();
}

TEST_CASE("close and join wait for calls that run inline") {
  Gate gate;
  std::atomic<bool> ran{false};
  Step task([&] {
    gate.wait();
    ran = true;
  });
  Pool pool(helping(worker_counts()));
  int status = 1;
  std::thread caller([&] { status = tp_pool_apply(pool, &task, nullptr, nullptr); });
  gate.await(1);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  gate.open();
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(ran);
  caller.join();
  CHECK(status == TP_OK);
}

TEST_CASE("An inline call is refused by a closed pool") {
  std::atomic<std::size_t> count{0};
  Step task([&] { ++count; });
  Pool pool(helping(worker_counts()));
  make_known([&] { return tp_pool_for(pool, count_range, &count, 1, nullptr); });
  count = 0;
  pool.finish();
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ECLOSED);
  CHECK(tp_pool_for(pool, count_range, &count, 1, nullptr) == TP_ECLOSED);
  CHECK(count == 0);
}

TEST_CASE("A failed inline call has the error of its lowest item, and the others have run") {
  std::vector<int> items = range(10), values(10, -1);
  bool fails = false;
  Task<int, int> task([&](const int* item, int* value) {
    *value = *item;
    if (!fails || *item < 4 || *item % 2) return 0;
    tp_task_set_error("even", nullptr, nullptr);
    return *item;
  });
  Pool pool(helping(worker_counts()));
  Job options;
  const auto map = [&] {
    return tp_pool_map(pool, &task, items.data(), values.data(), items.size(), &options);
  };
  make_known(map);
  fails = true;
  std::fill(values.begin(), values.end(), -1);
  CHECK(map() == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 4);
  CHECK(tp_error_code(tp_last_error()) == 4);
  CHECK(std::string(tp_error_message(tp_last_error())) == "even");
  CHECK(values == items);
  options.flags = TP_JOB_FAIL_FAST;
  std::fill(values.begin(), values.end(), -1);
  CHECK(map() == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 4);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).failed == 2);
  CHECK(stats_of(pool).queued == 0);
}

TEST_CASE("A call that runs inline sees a cancel of its pool, whatever its kind") {
  struct Seen {
    tp_pool_t* pool = nullptr;  // once it is cancelled
    int before = 0, after = 0;
    int look() {
      if (pool == nullptr) return 0;
      before += tp_task_stop_requested();
      tp_pool_cancel(pool);
      after += tp_task_stop_requested();
      return 0;
    }
  } seen;
  Task<int, void> item([&](const int*, void*) { return seen.look(); });
  const auto range = [](void* of, std::size_t, std::size_t) {
    return static_cast<Seen*>(of)->look();
  };
  const int value = 0;
  Pool pool(helping(worker_counts()));
  const auto apply = [&] { return tp_pool_apply(pool, &item, &value, nullptr); };
  const auto map = [&] { return tp_pool_map(pool, &item, &value, nullptr, 1, nullptr); };
  const auto loop = [&] { return tp_pool_for(pool, range, &seen, 1, nullptr); };
  make_known(map);
  make_known(loop);
  seen.pool = pool;
  CHECK(apply() == TP_OK);
  CHECK(map() == TP_OK);
  CHECK(loop() == TP_OK);
  CHECK(seen.before == 0);
  CHECK(seen.after == 3);
}

TEST_CASE("An exception out of an inline call is its failure") {
  Step task([] { throw std::runtime_error("no"); });
  Pool pool(helping(worker_counts()));
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_last_error())) == "no");
}

TEST_CASE("A thread that ends inside an inline call leaves the pool whole") {
  std::atomic<std::size_t> count{0};
  Pool pool(helping(worker_counts()));
  Step leave([] { pthread_exit(nullptr); });
  const auto leave_range = [](void*, std::size_t, std::size_t) -> int { pthread_exit(nullptr); };
  in_thread([&] { tp_pool_apply(pool, &leave, nullptr, nullptr); });
  in_thread([&] { tp_pool_for(pool, leave_range, nullptr, 1, nullptr); });
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).running == 0);
  CHECK(tp_pool_for(pool, count_range, &count, 3, nullptr) == TP_OK);
  CHECK(count == 3);
}

TEST_CASE("A loop that was quick and is slow now is shared from the next call on") {
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
  Pool pool(helping(2));
  const int items[2] = {};
  const auto map = [&] { return tp_pool_map(pool, &task, items, nullptr, 2, nullptr); };
  make_known(map);
  slow = true;
  for (int i = 0; i < 100 && !met; ++i) REQUIRE(map() == TP_OK);
  CHECK(met);
}

TEST_CASE("A pool may be destroyed as soon as an inline call has ended, by another thread") {
  for (int round = 0; round < 200; ++round) {
    tp_pool_t* pool = nullptr;
    const tp_pool_options_t options = helping(static_cast<std::size_t>(1 + round % 2));
    REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
    Arrivals started;
    Step task([&] { started.arrive(); });
    std::thread caller([&] { tp_pool_apply(pool, &task, nullptr, nullptr); });
    started.wait(1);
    tp_pool_destroy(pool);
    caller.join();
  }
}

TEST_CASE("An inline call may destroy its own pool") {
  tp_pool_t* pool = nullptr;
  const tp_pool_options_t options = helping(worker_counts());
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  Step task([&] { tp_pool_destroy(pool); });
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
}
