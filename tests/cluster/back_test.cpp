// SPDX-License-Identifier: MIT
// Items that were handed out and not begun come back, and go to a rank that has nothing to do.
#include <array>
#include <chrono>
#include <thread>

#include "cluster/queue_engine.hpp"
#include "support/test.hpp"
#include "trace/traced.hpp"

using namespace support;

namespace {

constexpr std::size_t kItems = 64;
std::array<std::atomic<int>, kItems> runs;
std::atomic<int> held{-1};  // this item waits for the gate
std::atomic<Gate*> gate{nullptr};

int run(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  if (x == held) gate.load()->wait();
  ++runs[static_cast<std::size_t>(x)];
  *static_cast<int*>(value) = 2 * x;
  return 0;
}
const tp_task_t kRun = TP_TASK(run, nullptr, int, int);

// How long an item takes differs by a factor of a thousand.
int take_time(void*, const void* item, void* value) {
  const int x = *static_cast<const int*>(item);
  std::this_thread::sleep_for(std::chrono::microseconds(x % 16 == 3 ? 5000 : 5));
  return run(nullptr, item, value);
}
const tp_task_t kTakeTime = TP_TASK(take_time, nullptr, int, int);

int n_run() {
  int n = 0;
  for (const auto& each : runs) n += each;
  return n;
}

void check_doubled(const std::vector<int>& values) {
  REQUIRE(values.size() == kItems);
  for (std::size_t i = 0; i < kItems; ++i) CHECK(values[i] == 2 * static_cast<int>(i));
  for (auto& each : runs) CHECK(each.exchange(0) == 1);
}

// Afterwards the ranks know that an item is quick, and get many at once.
void learn(tp_pool_t* pool, const tp_task_t& task) {
  const std::vector<int> items = range(kItems);
  std::vector<int> values(kItems);
  REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), kItems, nullptr) == TP_OK);
  check_doubled(values);
}

}  // namespace

TEST_CASE("What a rank has not begun goes to one that has nothing to do") {
  QueueEngine engine(3);
  Gate let_go;
  Ranks::Options options;
  options.leads = GENERATE(false, true);
  Ranks ranks(engine, options);
  learn(ranks.pool(), kRun);
  gate = &let_go;
  held = 0;
  const std::vector<int> items = range(kItems);
  const traced::Path path;
  traced::start(ranks.pool(), path);
  const Result result = map_async(ranks.pool(), kRun, items.data(), kItems);
  await("all but the first batch", [] { return n_run() >= static_cast<int>(kItems * 3 / 4); });
  let_go.open();
  const int* const values = result.values<int>();
  check_doubled({values, values + kItems});
  CHECK(traced::covered(traced::stop(ranks.pool(), path).of("chunk")) == kItems);
  held = -1;
}

TEST_CASE("Items of a map, and of a stream, that are given back run once") {
  QueueEngine engine(GENERATE(2, 3, 5));
  Ranks::Options options;
  options.ranks = engine.ranks();
  Ranks ranks(engine, options);
  learn(ranks.pool(), kTakeTime);
  for (int round = 0; round < 10; ++round) {
    learn(ranks.pool(), kTakeTime);
    Numbers numbers(kItems);
    check_doubled(values_of(imap(ranks.pool(), kTakeTime, numbers)));
  }
}
