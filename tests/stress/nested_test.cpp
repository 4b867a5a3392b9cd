// SPDX-License-Identifier: MIT
// Tasks that wait for tasks, on few workers and on far more than there are CPUs.
#include "stress/race.hpp"

using namespace stress;
using namespace support;

// fib(n) by one submitted and one direct call.
static int fib(void*, const void* item, void* value) {
  const int n = *static_cast<const int*>(item);
  int& sum = *static_cast<int*>(value);
  if (n < 2) return sum = n, 0;
  const tp_task_t task = TP_TASK(fib, nullptr, int, int);
  const int one = n - 1, two = n - 2;
  Result left;
  int status = tp_pool_apply_async(tp_worker_pool(), &task, &one, nullptr, left.out());
  if (status == TP_OK) status = fib(nullptr, &two, &sum);
  void* other = nullptr;
  if (status == TP_OK) status = tp_result_get(left, kLong, &other);
  if (status == TP_OK) sum += *static_cast<int*>(other);
  return status;
}

TEST_CASE("fib by nested submit and wait") {
  const tp_task_t task = TP_TASK(fib, nullptr, int, int);
  Pool pool(worker_counts());
  for (std::size_t round = 0; round < rounds(100); ++round) {
    const int n = 13;
    int value = 0;
    REQUIRE(tp_pool_apply(pool, &task, &n, &value) == TP_OK);
    REQUIRE(value == 233);
  }
}

// The leaves of a tree of the given depth, by a map over the three branches of each node.
static int leaves(void*, const void* item, void* value) {
  const int depth = *static_cast<const int*>(item);
  int& sum = *static_cast<int*>(value);
  if (depth == 0) return sum = 1, 0;
  const int below[3] = {depth - 1, depth - 1, depth - 1};
  int branches[3] = {};
  const tp_task_t task = TP_TASK(leaves, nullptr, int, int);
  const int status = tp_pool_map(tp_worker_pool(), &task, below, branches, 3, nullptr);
  sum = branches[0] + branches[1] + branches[2];
  return status;
}

TEST_CASE("maps inside of maps") {
  const tp_task_t task = TP_TASK(leaves, nullptr, int, int);
  Pool pool(worker_counts());
  for (std::size_t round = 0; round < rounds(100); ++round) {
    const int depth = 5;
    int value = 0;
    REQUIRE(tp_pool_apply(pool, &task, &depth, &value) == TP_OK);
    REQUIRE(value == 243);
  }
}

TEST_CASE("terminate in the middle of nested waits") {
  const tp_task_t task = TP_TASK(leaves, nullptr, int, int);
  Random random(6);
  for (std::size_t round = 0; round < rounds(20); ++round) {
    const int depth = 6;
    const std::uint64_t enough = random.below(500);
    Pool pool(1 + random.below(8));
    Result result = apply_item(pool, task, depth);
    await("enough items", [&] { return stats_of(pool).items >= enough; });
    REQUIRE(tp_pool_terminate(pool) == TP_OK);
    const int status = result.get();
    REQUIRE((status == TP_OK || status == TP_ETASK || status == TP_ETERMINATED));
    REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  }
}

TEST_CASE("four pools of 16 workers that submit to each other") {
  std::atomic<std::size_t> ran{0}, wrong{0};
  std::vector<std::unique_ptr<Pool>> pools;
  Step count([&] { ran++; });
  Task<std::size_t, void> visit([&](const std::size_t* k, void*) {
    return tp_pool_apply(*pools[*k], &count, nullptr, nullptr);
  });
  for (int k = 0; k < 4; ++k) pools.push_back(std::make_unique<Pool>(16u));
  in_threads(8, [&](std::size_t k) {
    const std::size_t other = (k + 1) % 4;
    for (std::size_t i = 0; i < rounds(20); ++i)
      wrong += tp_pool_apply(*pools[k % 4], &visit, &other, nullptr) != TP_OK;
  });
  CHECK(wrong == 0);
  CHECK(ran == 8 * rounds(20));
}
