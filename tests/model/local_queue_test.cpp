// SPDX-License-Identifier: MIT
// Model of a worker's local queue: the owner fills it and takes, others copy and then claim.
#include "queue/local_queue.h"

#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;

/// Of two words, so that a copy can be torn.
struct Pair {
  std::uint64_t first;
  std::uint64_t second;
};

constexpr std::uint64_t kDistance = 100;
constexpr std::size_t kFills = 3;
constexpr std::size_t kRoom = 3;

/// Each task of each fill is claimed once and whole.
struct LocalQueueModel : Suite<LocalQueueModel, 3> {
  void run(unsigned index) {
    if (index == 0)
      own();
    else
      rob();
  }

  void own() {
    for (std::size_t i = 0; i < kFills; ++i) {
      Pair pairs[kRoom];
      for (std::size_t at = 0; at < kRoom; ++at) {
        const std::uint64_t number = i * kRoom + at;
        pairs[at] = {number, number + kDistance};
      }
      tasks.fill(pairs, kRoom);
      for (Pair task; tasks.take(task);) use(task);
    }
  }

  void rob() {
    Pair pairs[kRoom];
    for (int i = 0; i < 3; ++i) {
      const std::size_t count = tasks.steal(pairs);
      for (std::size_t at = 0; at < count; ++at) use(pairs[at]);
    }
  }

  void use(const Pair& task) {
    RL_ASSERT(task.first < kFills * kRoom && task.second == task.first + kDistance);
    ++claims[task.first];
  }

  void after() {
    for (const int count : claims) RL_ASSERT(count == 1);
  }

  tp::core::LocalQueue<Pair, kRoom> tasks;
  int claims[kFills * kRoom] = {};
};

}  // namespace

TEST_CASE("A local queue: each task is claimed once and whole") { check_holds<LocalQueueModel>(); }

TEST_CASE("A local queue: the model finds tasks that are claimed twice") {
  check_finds<LocalQueueModel>({Mistake::torn, "::take"});
  check_finds<LocalQueueModel>({Mistake::torn, "::steal"});
}

TEST_CASE("A local queue: the model finds tasks that are not published") {
  check_finds<LocalQueueModel>({Mistake::relaxed, "::fill"});
}

TEST_CASE("A local queue: the model finds torn tasks where fills are not told apart") {
  check_finds<LocalQueueModel>({Mistake::halved, "::fill"});
}
