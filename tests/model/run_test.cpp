// SPDX-License-Identifier: MIT
// Model of a worker's run of entries: the owner fills it and takes, others copy and then claim.
#include "queue/run.h"

#include "model/check.hpp"
#include "model/mutants.hpp"

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
template <class Platform>
struct RunModel : rl::test_suite<RunModel<Platform>, 3> {
  void thread(unsigned index) {
    if (index == 0)
      own();
    else
      rob();
  }

  void own() {
    for (std::size_t i = 0; i < kFills; ++i) {
      Pair entries[kRoom];
      for (std::size_t at = 0; at < kRoom; ++at) {
        const std::uint64_t number = i * kRoom + at;
        entries[at] = {number, number + kDistance};
      }
      run.fill(entries, kRoom);
      for (Pair entry; run.take(entry);) use(entry);
    }
  }

  void rob() {
    Pair entries[kRoom];
    for (int i = 0; i < 3; ++i) {
      const std::size_t count = run.steal(entries);
      for (std::size_t at = 0; at < count; ++at) use(entries[at]);
    }
  }

  void use(const Pair& entry) {
    RL_ASSERT(entry.first < kFills * kRoom && entry.second == entry.first + kDistance);
    ++claims[entry.first];
  }

  void after() {
    for (const int count : claims) RL_ASSERT(count == 1);
  }

  tp::core::Run<Platform, Pair, kRoom> run;
  int claims[kFills * kRoom] = {};
};

/// The word has no epoch: it comes back to old values.
struct NoEpoch : Relacy {
  template <class T>
  struct Atomic : Relacy::Atomic<T> {
    using Relacy::Atomic<T>::Atomic;
    void store(T value, std::memory_order order = std::memory_order::seq_cst) {
      Relacy::Atomic<T>::store(value & 0xffffffff, order);
    }
  };
};

}  // namespace

TEST_CASE("A run: each entry is claimed once and whole") { check_holds<RunModel<Relacy>>(); }

TEST_CASE("A run: the model finds entries that are claimed twice") {
  check_finds<RunModel<Torn>>("USER ASSERT FAILED");
}

TEST_CASE("A run: the model finds entries that are not published") {
  check_finds<RunModel<Relaxed>>("ACCESS TO UNINITIALIZED VARIABLE");
}

TEST_CASE("A run: the model finds torn entries where fills are not told apart") {
  check_finds<RunModel<NoEpoch>>("USER ASSERT FAILED");
}
