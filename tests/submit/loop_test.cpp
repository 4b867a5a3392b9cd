// SPDX-License-Identifier: MIT
// map and for: which items run, where their values go, and what a chunk is.
#include "base/cpus.h"
#include "queue/cost.h"
#include "support/test.hpp"

using namespace support;

namespace {

// Notes the ranges that a for was cut into.
struct Ranges {
  static int note(void* self, std::size_t begin, std::size_t end) {
    auto* ranges = static_cast<Ranges*>(self);
    std::lock_guard<std::mutex> lock(ranges->mutex);
    ranges->seen.emplace_back(begin, end);
    return 0;
  }

  std::vector<std::pair<std::size_t, std::size_t>> sorted() {
    std::sort(seen.begin(), seen.end());
    return seen;
  }

  std::mutex mutex;
  std::vector<std::pair<std::size_t, std::size_t>> seen;
};

}  // namespace

TEST_CASE("A loop that each worker knows as quick is one call, unless it has a chunk size") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  Ranges ranges;
  on_each_worker(pool, workers, [&] {
    tp::core::cost_table()->note(reinterpret_cast<void*>(&Ranges::note), &ranges, 1);
  });
  SECTION("without") {
    REQUIRE(tp_pool_for(pool, Ranges::note, &ranges, 64, nullptr) == TP_OK);
    CHECK(ranges.sorted() == std::vector{std::pair<std::size_t, std::size_t>(0, 64)});
  }
  SECTION("with") {
    const Chunked job(16);
    REQUIRE(tp_pool_for(pool, Ranges::note, &ranges, 64, &job) == TP_OK);
    CHECK(ranges.sorted().size() == 4);
  }
}

TEST_CASE("map returns the values in the order of the items, for every chunk size") {
  const std::size_t workers = worker_counts();
  Odd task;
  Pool pool(workers);
  for (const std::size_t n : {1u, 2u, 7u, 1000u}) {
    for (const std::size_t chunksize : {std::size_t{0}, std::size_t{1}, std::size_t{3}, n - 1, n,
                                        n + 1, SIZE_MAX / 2, SIZE_MAX}) {
      CAPTURE(workers, n, chunksize);
      Chunked job(chunksize);
      const std::vector<int> items = range(n);
      std::vector<int> values(n);
      REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), n, &job) == TP_OK);
      CHECK(values == odds(n));
      Result result = map_async(pool, task, items.data(), n, &job);
      const int* got = result.values<int>();
      CHECK(std::vector<int>(got, got + n) == odds(n));
    }
  }
}

TEST_CASE("A large map over many workers is complete") {
  Odd task;
  Pool pool(worker_counts());
  const std::vector<int> items = range(200000);
  std::vector<int> values(items.size());
  REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  CHECK(values == odds(items.size()));
}

TEST_CASE("A map of nothing is ready at once and needs no arrays") {
  Odd task;
  Pool pool(worker_counts());
  CHECK(tp_pool_map(pool, &task, nullptr, nullptr, 0, nullptr) == TP_OK);
  CHECK(tp_pool_for(pool, Ranges::note, nullptr, 0, nullptr) == TP_OK);
  Result result = map_async(pool, task, nullptr, 0);
  CHECK(result.get() == TP_OK);
  CHECK(tp_result_successful(result) == 1);
  CHECK(tp_result_item_status(result, 0) == TP_EINVAL);
}

TEST_CASE("map borrows the items and writes into the caller's values") {
  const std::vector<int> items = range(100);
  std::vector<int> values(100);
  std::atomic<int> strangers{0};
  Task<int, int> task([&](const int* x, int* y) {
    if (x != &items[static_cast<std::size_t>(*x)]) ++strangers;
    return *y = *x, 0;
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), 100, nullptr) == TP_OK);
  CHECK(values == items);
  CHECK(strangers == 0);
}

TEST_CASE("The values of a successful map are the caller's to drop") {
  Live values;
  Task<int, Tracked> task(
      [&](const int* x, Tracked* value) { return Tracked::make(value, values, *x), 0; });
  task.value_move = Tracked::move;
  task.value_drop = Tracked::drop;
  Pool pool(worker_counts());
  const std::vector<int> items = range(50);
  std::vector<Tracked> slots(50);
  REQUIRE(tp_pool_map(pool, &task, items.data(), slots.data(), 50, nullptr) == TP_OK);
  CHECK(values.dropped == 0);
  for (int i = 0; i < 50; ++i) {
    CHECK(slots[static_cast<std::size_t>(i)].number == i);
    Tracked::drop(&slots[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("A chunk of an explicit size runs one after another on one worker") {
  constexpr std::size_t kItems = 95, kChunk = 10;
  std::vector<int> worker(kItems, -1), position(kItems, -1);
  std::atomic<int> clock{0};
  Task<int, int> task([&](const int* x, int* y) {
    const auto i = static_cast<std::size_t>(*x);
    worker[i] = tp_worker_index();
    position[i] = clock++;
    return *y = 0;
  });
  Pool pool(worker_counts());
  const std::vector<int> items = range(kItems);
  Chunked job(kChunk);
  Result result = map_async(pool, task, items.data(), kItems, &job);
  REQUIRE(result.get() == TP_OK);
  for (std::size_t i = 1; i < kItems; ++i) {
    if (i % kChunk == 0) continue;
    CHECK(worker[i] == worker[i - 1]);
    CHECK(position[i] > position[i - 1]);
  }
}

TEST_CASE("for calls its function once per chunk of the size given") {
  Ranges ranges;
  Pool pool(worker_counts());
  Chunked job(10);
  REQUIRE(tp_pool_for(pool, Ranges::note, &ranges, 95, &job) == TP_OK);
  std::vector<std::pair<std::size_t, std::size_t>> wanted;
  for (std::size_t i = 0; i < 95; i += 10)
    wanted.emplace_back(i, std::min<std::size_t>(i + 10, 95));
  CHECK(ranges.sorted() == wanted);
}

TEST_CASE("for covers each index once, whatever the chunks") {
  const std::size_t workers = worker_counts();
  Pool pool(workers);
  for (const std::size_t n : {1u, 2u, 63u, 64u, 65u, 10000u}) {
    CAPTURE(workers, n);
    Ranges ranges;
    Result result = for_async(pool, Ranges::note, &ranges, n);
    REQUIRE(result.get() == TP_OK);
    std::size_t next = 0;
    for (const auto& [begin, end] : ranges.sorted()) {
      CHECK(begin == next);
      CHECK(end > begin);
      next = end;
    }
    CHECK(next == n);
  }
}

TEST_CASE("A caller that helps has a part of the range as each worker has, if it has a CPU") {
  struct Parts {
    Gate first;
    std::atomic<std::size_t> second{0};

    // The first item waits until another thread has begun.
    static int run(void* self, std::size_t begin, std::size_t) {
      Parts& parts = *static_cast<Parts*>(self);
      if (begin == 0) return parts.first.wait(), 0;
      std::size_t none = 0;
      parts.second.compare_exchange_strong(none, begin);
      return parts.first.open(), 0;
    }
  } parts;
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  CHECK(tp_pool_for(pool, Parts::run, &parts, 1000, nullptr) == TP_OK);
  CHECK(parts.second == (tp::core::usable_cpus() > 1 ? 500 : 1));
}

TEST_CASE("A failed chunk's index is its begin, and all its items have its status") {
  const auto body = [](void*, std::size_t begin, std::size_t) { return begin == 20 ? 4 : 0; };
  Pool pool(worker_counts());
  Chunked job(10);
  Result result = for_async(pool, body, nullptr, 45, &job);
  CHECK(result.get() == TP_ETASK);
  CHECK(tp_error_index(tp_result_error(result)) == 20);
  CHECK(tp_error_code(tp_result_error(result)) == 4);
  for (std::size_t i = 0; i < 45; ++i)
    CHECK(tp_result_item_status(result, i) == (i / 10 == 2 ? TP_ETASK : TP_OK));
  CHECK(tp_result_item_status(result, 45) == TP_EINVAL);
  CHECK(tp_pool_for(pool, body, nullptr, 45, &job) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 20);
}

TEST_CASE("Many threads may map at once") {
  Odd task;
  Pool pool(worker_counts());
  std::atomic<int> good{0};
  in_threads(4, [&] {
    const std::vector<int> items = range(500);
    for (int round = 0; round < 10; ++round) {
      std::vector<int> values(500);
      const int status = tp_pool_map(pool, &task, items.data(), values.data(), 500, nullptr);
      if (status == TP_OK && values == odds(500)) ++good;
    }
  });
  CHECK(good == 40);
}

TEST_CASE("Unstarted items of one map are taken over by idle workers") {
  // The first item waits for all others: that can only end when others take them over.
  Arrivals others;
  Task<int, int> task(
      [&](const int* x, int* y) { return *x == 0 ? others.wait(199) : others.arrive(), *y = 0; });
  Pool pool(2);
  const std::vector<int> items = range(200);
  std::vector<int> values(200);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 200, nullptr) == TP_OK);
}
