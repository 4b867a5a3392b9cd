// SPDX-License-Identifier: MIT
// Model of a worker's run of entries: the owner fills it and takes, others copy and then claim.
#include "queue/run.h"

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

/// Each entry of each fill is claimed once and whole.
struct RunModel : Suite<RunModel, 3> {
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
      entries.fill(pairs, kRoom);
      for (Pair entry; entries.take(entry);) use(entry);
    }
  }

  void rob() {
    Pair pairs[kRoom];
    for (int i = 0; i < 3; ++i) {
      const std::size_t count = entries.steal(pairs);
      for (std::size_t at = 0; at < count; ++at) use(pairs[at]);
    }
  }

  void use(const Pair& entry) {
    RL_ASSERT(entry.first < kFills * kRoom && entry.second == entry.first + kDistance);
    ++claims[entry.first];
  }

  void after() {
    for (const int count : claims) RL_ASSERT(count == 1);
  }

  tp::core::Run<Pair, kRoom> entries;
  int claims[kFills * kRoom] = {};
};

}  // namespace

TEST_CASE("A run: each entry is claimed once and whole") { check_holds<RunModel>(); }

TEST_CASE("A run: the model finds entries that are claimed twice") {
  check_finds<RunModel>({Mistake::torn, "::take"});
  check_finds<RunModel>({Mistake::torn, "::steal"});
}

TEST_CASE("A run: the model finds entries that are not published") {
  check_finds<RunModel>({Mistake::relaxed, "::fill"});
}

TEST_CASE("A run: the model finds torn entries where fills are not told apart") {
  check_finds<RunModel>({Mistake::halved, "::fill"});
}
