// SPDX-License-Identifier: MIT
// Model of a lane: one thread appends while others claim from the front.
#include "queue/lane.h"

#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;

/// The entries that were claimed are the first ones, each claimed once and whole, in order. Relacy
/// finds blocks that are reused or freed too early, and those that stay.
struct LaneModel : Suite<LaneModel, 3> {
  static constexpr int kEntries = 6;

  void before() { prepare_to_settle(); }

  void run(unsigned index) {
    if (index == 0)
      produce();
    else
      consume();
  }

  void produce() {
    RL_ASSERT(lane.reserve());  // given back at the end
    for (int i = 0; i < kEntries; ++i) {
      RL_ASSERT(lane.reserve());
      lane.push(Data(i));
      if (i == 1 && lane.take_back([](const Data&) { return true; })) ++claims[i];
    }
    lane.cancel();
  }

  void consume() {
    Data out[2];
    int last = -1;
    for (int i = 0; i < 3; ++i) {
      const std::size_t room = 1 + rl::rand(2);
      const std::size_t count = lane.claim(out, room, [](std::size_t ready) { return ready; });
      RL_ASSERT(count <= room);
      for (std::size_t at = 0; at < count; ++at) {
        const int entry = out[at].get();
        RL_ASSERT(entry > last);
        ++claims[last = entry];
      }
    }
  }

  void after() {
    std::size_t claimed = 0;
    for (const int count : claims) {
      RL_ASSERT(count <= 1);
      claimed += static_cast<std::size_t>(count);
    }
    RL_ASSERT(lane.size() == kEntries - claimed);
  }

  tp::core::Lane<Data, 2> lane;
  int claims[kEntries] = {};
};

}  // namespace

TEST_CASE("A lane: each entry is claimed once, whole and in order") { check_holds<LaneModel>(); }

TEST_CASE("A lane: the model finds entries that are not published") {
  check_finds<LaneModel>({Mistake::relaxed, "publish("});
}

TEST_CASE("A lane: the model finds claims that do not keep each other out") {
  check_finds<LaneModel>({Mistake::torn, "Mutex::lock("});
}

TEST_CASE("A lane: the model finds blocks that are reused too early") {
  check_finds<LaneModel>({Mistake::relaxed, "::recycle"});
  check_finds<LaneModel>({Mistake::relaxed, "::take_spare"});
}
