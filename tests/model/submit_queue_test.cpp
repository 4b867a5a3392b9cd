// SPDX-License-Identifier: MIT
// Model of a submit queue: one thread appends while others claim from the front.
#include "queue/submit_queue.h"

#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;

/// The tasks that were claimed are the first ones, each claimed once and whole, in order. Relacy
/// finds blocks that are reused or freed too early, and those that stay.
struct SubmitQueueModel : Suite<SubmitQueueModel, 3> {
  static constexpr int kTasks = 6;

  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    if (index == 0)
      produce();
    else
      consume();
  }

  void produce() {
    RL_ASSERT(queue.reserve());  // given back at the end
    for (int i = 0; i < kTasks; ++i) {
      RL_ASSERT(queue.reserve());
      queue.push(Data(i));
      if (i == 1 && queue.take_back([](const Data&) { return true; })) ++claims[i];
    }
    queue.cancel();
  }

  void consume() {
    Data out[2];
    int last = -1;
    for (int i = 0; i < 3; ++i) {
      const std::size_t room = 1 + rl::rand(2);
      const std::size_t count = queue.claim(out, room, [](std::size_t ready) { return ready; });
      RL_ASSERT(count <= room);
      for (std::size_t at = 0; at < count; ++at) {
        const int task = out[at].get();
        RL_ASSERT(task > last);
        ++claims[last = task];
      }
    }
  }

  void after() {
    std::size_t claimed = 0;
    for (const int count : claims) {
      RL_ASSERT(count <= 1);
      claimed += static_cast<std::size_t>(count);
    }
    RL_ASSERT(queue.size() == kTasks - claimed);
  }

  tp::core::SubmitQueue<Data, 2> queue;
  int claims[kTasks] = {};
};

}  // namespace

TEST_CASE("A submit queue: each task is claimed once, whole and in order") {
  check_holds<SubmitQueueModel>();
}

TEST_CASE("A submit queue: the model finds tasks that are not published") {
  check_finds<SubmitQueueModel>({Mistake::relaxed, "light_store("});
}

TEST_CASE("A submit queue: the model finds claims that do not keep each other out") {
  check_finds<SubmitQueueModel>({Mistake::torn, "Mutex::lock("});
}

TEST_CASE("A submit queue: the model finds blocks that are reused too early") {
  check_finds<SubmitQueueModel>({Mistake::relaxed, "::recycle"});
  check_finds<SubmitQueueModel>({Mistake::relaxed, "::take_spare"});
}
