// SPDX-License-Identifier: MIT
// Tests of a worker's local queue: its owner takes from the front, others steal the back half.
#include "queue/local_queue.h"

#include "support/test.hpp"

using tp::core::LocalQueue;

namespace {

// As large as a task of a submit queue; its words belong together.
struct Triple {
  std::uint64_t first, second, third;

  static Triple of(std::uint64_t number) { return {number, ~number, number * 3}; }
  bool whole() const { return second == ~first && third == first * 3; }
};

using Triples = LocalQueue<Triple>;

void fill(Triples& queue, std::uint64_t first, std::size_t count) {
  std::vector<Triple> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(Triple::of(first + i));
  queue.fill(tasks.data(), count);
}

}  // namespace

TEST_CASE("A new local queue is empty") {
  Triples queue;
  Triple out[Triples::kCapacity];
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.take(out[0]));
  CHECK(queue.steal(out) == 0);
}

TEST_CASE("A local queue is taken from the front") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 1, 2, 63, Triples::kCapacity);
  Triples queue;
  for (std::uint64_t round = 0; round < 3; ++round) {
    fill(queue, 100 * round, count);
    CHECK(queue.size() == count);
    Triple task{};
    for (std::uint64_t i = 0; i < count; ++i) {
      REQUIRE(queue.take(task));
      CHECK(task.first == 100 * round + i);
      CHECK(task.whole());
    }
    CHECK_FALSE(queue.take(task));
  }
}

TEST_CASE("A thief gets the back half, and the last task, too") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 1, 2, 3, 4, 7, 33, Triples::kCapacity);
  Triples queue;
  Triple out[Triples::kCapacity];
  fill(queue, 0, count);
  std::size_t left = count;
  while (left > 0) {
    const std::size_t stolen = queue.steal(out);
    REQUIRE(stolen == left - left / 2);
    left -= stolen;
    for (std::size_t i = 0; i < stolen; ++i) {
      CHECK(out[i].first == left + i);
      CHECK(out[i].whole());
    }
    CHECK(queue.size() == left);
  }
  CHECK(queue.steal(out) == 0);
}

TEST_CASE("Taking and stealing meet in the middle") {
  Triples queue;
  Triple out[Triples::kCapacity], task{};
  fill(queue, 0, 5);
  REQUIRE(queue.take(task));
  CHECK(task.first == 0);
  REQUIRE(queue.steal(out) == 2);
  CHECK(out[0].first == 3);
  REQUIRE(queue.take(task));
  CHECK(task.first == 1);
  REQUIRE(queue.steal(out) == 1);
  CHECK(out[0].first == 2);
  CHECK_FALSE(queue.take(task));
}

TEST_CASE("An empty fill leaves a local queue empty") {
  Triples queue;
  Triple task{};
  fill(queue, 0, 0);
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.take(task));
}

TEST_CASE("Each task is taken or stolen once, and whole") {
  constexpr std::size_t kTasks = 200'000, kFill = 7;
  constexpr int kThieves = 3;
  Triples queue;
  std::vector<std::atomic<int>> claims(kTasks);
  std::atomic<int> torn{0};
  std::atomic<bool> over{false};
  const auto use = [&](const Triple& task) {
    if (!task.whole() || task.first >= kTasks) return void(++torn);
    ++claims[static_cast<std::size_t>(task.first)];
  };
  support::ThreadGroup thieves(kThieves, [&] {
    Triple out[Triples::kCapacity];
    while (!over) {
      const std::size_t count = queue.steal(out);
      for (std::size_t at = 0; at < count; ++at) use(out[at]);
    }
  });
  for (std::size_t next = 0; next < kTasks; next += kFill) {
    fill(queue, next, std::min(kFill, kTasks - next));
    for (Triple task{}; queue.take(task);) use(task);
  }
  over = true;
  thieves.join();
  std::size_t once = 0;
  for (const std::atomic<int>& count : claims) once += count == 1;
  CHECK(once == kTasks);
  CHECK(torn == 0);
}
