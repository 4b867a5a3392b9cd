// SPDX-License-Identifier: MIT
// Model of the deque of what a worker has spawned: the owner pushes and pops, others steal.
#include "queue/spawn_deque.h"

#include "model/check.hpp"
#include "model/suite.hpp"

namespace {

using namespace model;

struct Part {
  Data value;
  int claims = 0;
};

constexpr int kParts = 6;

/// Each item is popped or stolen once, and its claimer sees what the owner wrote before the push. The
/// ring begins with room for one item, so that it grows, and slots are used again.
struct SpawnDequeModel : Suite<SpawnDequeModel, 3> {
  void before() { prepare_heavy_fence(); }

  void run(unsigned index) {
    if (index == 0)
      own();
    else
      rob();
  }

  void own() {
    for (int first = 0; first < kParts; first += 3) {
      push(first);
      push(first + 1);
      pop(first + 1);
      push(first + 2);
      pop(first + 2);
      pop(first);
    }
  }

  void push(int i) {
    parts[i].value = i + 1;
    deque.push(&parts[i], at[i]);
  }
  void pop(int i) {
    if (deque.pop(at[i])) claim(parts[i]);
  }

  void rob() {
    for (int tries = 0; tries < 3; ++tries)
      if (Part* const part = deque.steal([](Part&) { return rl::rand(4) != 0; })) claim(*part);
  }

  void claim(Part& part) {
    RL_ASSERT(part.value.get() == &part - parts + 1);
    ++part.claims;
  }

  void after() {
    for (const Part& part : parts) RL_ASSERT(part.claims == 1);
    RL_ASSERT(deque.size() == 0);
  }

  tp::core::SpawnDeque<Part, 2> deque;
  Part parts[kParts];
  std::size_t at[kParts] = {};
};

}  // namespace

TEST_CASE("A spawn deque: each item is claimed once and whole") { check_holds<SpawnDequeModel>(); }

TEST_CASE("A spawn deque: the model finds items that are not published") {
  check_finds<SpawnDequeModel>({Mistake::relaxed, "light_store("});
}

TEST_CASE("A spawn deque: the model finds an agreement that misses one side") {
  check_finds<SpawnDequeModel>({Mistake::no_fence});
  check_finds<SpawnDequeModel>({Mistake::no_drain});
  check_finds<SpawnDequeModel>({Mistake::skipped, "::steal_locked"});
}

TEST_CASE("A spawn deque: the model finds thieves that do not keep each other out") {
  check_finds<SpawnDequeModel>({Mistake::torn, "Mutex::try_lock("});
}

TEST_CASE("A spawn deque: the model finds an owner that does not wait for a thief") {
  check_finds<SpawnDequeModel>({Mistake::torn, "Mutex::lock("});
}

TEST_CASE("A spawn deque: the model finds a tail that is left below a stolen item") {
  check_finds<SpawnDequeModel>({Mistake::skipped, "::pop_disputed"});
}
