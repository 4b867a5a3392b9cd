// SPDX-License-Identifier: MIT
// Tests of the deque of what a worker has spawned: its owner pops the newest, thieves take the oldest.
#include "queue/spawn_deque.h"

#include "base/asymmetric_fence.h"
#include "support/test.hpp"

namespace {

using Deque = tp::core::SpawnDeque<int>;
using Pushed = Deque::Pushed;

int* steal(Deque& deque) {
  return deque.steal([](int&) { return true; });
}

}  // namespace

TEST_CASE("A new deque is empty") {
  Deque deque;
  CHECK(deque.size() == 0);
  CHECK(steal(deque) == nullptr);
  CHECK_FALSE(deque.pop(Deque::kNowhere));
}

TEST_CASE("A deque is popped from the newest and only there") {
  Deque deque;
  int items[3] = {};
  std::size_t at[3] = {};
  CHECK(deque.push(&items[0], at[0]) == Pushed::alone);
  CHECK(deque.push(&items[1], at[1]) == Pushed::behind_others);
  CHECK(deque.push(&items[2], at[2]) == Pushed::behind_others);
  CHECK(deque.size() == 3);
  CHECK_FALSE(deque.pop(at[1]));
  for (int i = 2; i >= 0; --i) CHECK(deque.pop(at[i]));
  CHECK(deque.size() == 0);
  CHECK_FALSE(deque.pop(at[0]));
}

TEST_CASE("Thieves take the oldest and the owner is told") {
  Deque deque;
  int items[3] = {};
  std::size_t at[3] = {};
  for (int i = 0; i < 3; ++i) deque.push(&items[i], at[i]);
  CHECK(steal(deque) == &items[0]);
  CHECK(deque.pop(at[2]));
  CHECK(steal(deque) == &items[1]);
  CHECK_FALSE(deque.pop(at[1]));
  CHECK_FALSE(deque.pop(at[0]));
  CHECK(deque.push(&items[2], at[2]) == Pushed::alone);
  CHECK(deque.pop(at[2]));
}

TEST_CASE("What a thief may not take stays") {
  Deque deque;
  int item = 7, seen = 0;
  std::size_t at = 0;
  deque.push(&item, at);
  CHECK(deque.steal([&](int& oldest) { return seen = oldest, false; }) == nullptr);
  CHECK(seen == 7);
  CHECK(deque.size() == 1);
  CHECK(deque.pop(at));
}

TEST_CASE("A deque grows and keeps what is in it") {
  constexpr std::size_t kMany = 5000;
  Deque deque;
  std::vector<int> items(kMany);
  std::vector<std::size_t> at(kMany);
  int first = 0;
  std::size_t at_first = 0;
  for (int i = 0; i < 100; ++i) {  // so that it begins in the middle of the ring
    deque.push(&first, at_first);
    CHECK(steal(deque) == &first);
    deque.pop(at_first);
  }
  for (std::size_t i = 0; i < kMany; ++i)
    CHECK((deque.push(&items[i], at[i]) == Pushed::alone) == (i == 0));
  for (std::size_t i = 0; i < 10; ++i) CHECK(steal(deque) == &items[i]);
  for (std::size_t i = kMany; i-- > 10;) CHECK(deque.pop(at[i]));
  CHECK(deque.size() == 0);
}

TEST_CASE("A deque that is cleared has forgotten all") {
  Deque deque;
  int item = 0;
  std::size_t at = 0;
  deque.push(&item, at);
  deque.clear();
  CHECK(deque.size() == 0);
  CHECK_FALSE(deque.pop(at));
  CHECK(deque.push(&item, at) == Pushed::alone);
  CHECK(deque.pop(at));
}

TEST_CASE("Each item of a deque is popped or stolen once by threads that race") {
  constexpr int kRounds = 20'000, kDepth = 4;
  tp::core::prepare_heavy_fence();
  Deque deque;
  std::vector<int> items(kRounds * kDepth);
  std::atomic<int> stolen{0};
  std::atomic<bool> over{false};
  const auto take_one = [](int& item) { return ++item, true; };
  std::vector<std::thread> thieves;
  for (int i = 0; i < 2; ++i)
    thieves.emplace_back([&] {
      while (!over) stolen += deque.steal(take_one) != nullptr;
    });
  int popped = 0;
  for (int round = 0; round < kRounds; ++round) {
    int* const of_round = items.data() + round * kDepth;
    std::size_t at[kDepth] = {};
    for (int i = 0; i < kDepth; ++i) deque.push(of_round + i, at[i]);
    for (int i = kDepth; i-- > 0;)
      if (deque.pop(at[i])) ++popped, ++of_round[i];
  }
  over = true;
  for (auto& thief : thieves) thief.join();
  CHECK(popped + stolen == kRounds * kDepth);
  CHECK(std::all_of(items.begin(), items.end(), [](int count) { return count == 1; }));
}
