// SPDX-License-Identifier: MIT
// Tests of the lists of threads that wait for a condition.
#include "base/wait_list.h"

#include "support/test.hpp"

using namespace tp::core;

TEST_CASE("A thread has one parker of its own") {
  Parker* const mine = &this_parker();
  CHECK(mine == &this_parker());
  Parker* other = mine;
  std::thread([&] { other = &this_parker(); }).join();
  CHECK(mine != other);
}

TEST_CASE("All in the list are woken, and nobody else") {
  WaitList list;
  Parker parkers[3];
  WaitList::Node nodes[3];
  const auto woken = [&](int i) { return parkers[i].park(Deadline::in(0)); };
  for (int i = 0; i < 3; ++i) nodes[i].parker = &parkers[i];
  list.wake_all();
  CHECK_FALSE(list.any());
  for (WaitList::Node& node : nodes) list.add(node);
  CHECK(list.any());
  list.wake_all();
  for (int i = 0; i < 3; ++i) CHECK(woken(i));
  list.remove(nodes[1]);
  list.wake_all();
  CHECK(woken(0));
  CHECK_FALSE(woken(1));
  CHECK(woken(2));
  list.remove(nodes[2]);
  list.add(nodes[1]);
  list.remove(nodes[0]);
  list.wake_all();
  CHECK_FALSE(woken(0));
  CHECK(woken(1));
  CHECK_FALSE(woken(2));
  list.remove(nodes[1]);
  CHECK_FALSE(list.any());
}

TEST_CASE("A thread is in the list for a scope") {
  WaitList list;
  {
    Waiting waiting(list);
    CHECK(list.any());
    CHECK(&waiting.parker() == &this_parker());
    list.wake_all();
    CHECK(waiting.parker().park(Deadline::never()));
  }
  CHECK_FALSE(list.any());
}

TEST_CASE("What holds already is not waited for") {
  WaitList list;
  CHECK(wait_until(list, Deadline::never(), [] { return true; }));
  CHECK(wait_until(list, Deadline::in(0), [] { return true; }));
  CHECK_FALSE(wait_until(list, Deadline::in(0), [] { return false; }));
}

TEST_CASE("A wait that times out looks once more") {
  WaitList list;
  const Deadline deadline = Deadline::in(0.002);
  CHECK_FALSE(wait_until(list, deadline, [] { return false; }));
  CHECK(deadline.passed());
  const Deadline again = Deadline::in(0.002);
  CHECK(wait_until(list, again, [&] { return again.passed(); }));
  CHECK_FALSE(list.any());
}

TEST_CASE("A wait goes on until its condition holds") {
  WaitList list;
  std::atomic<int> looks{0};
  std::atomic<bool> holds{false}, back{false};
  std::thread waiter(
      [&] { back = wait_until(list, Deadline::never(), [&] { return ++looks, holds.load(); }); });
  support::await("the waiter", [&] { return list.any() && looks >= 2; });
  for (int i = 0; i < 3; ++i) {
    const int before = looks;
    list.wake_all();
    support::await("another look", [&] { return looks > before; });
  }
  CHECK_FALSE(back);
  holds = true;
  list.wake_all();
  waiter.join();
  CHECK(back);
}

TEST_CASE("No wake-up of a waiter is lost") {
  constexpr int kRounds = 3'000, kWaiters = 3;
  WaitList forth, back;
  std::atomic<int> round{0}, seen{0};
  support::ThreadGroup threads(kWaiters, [&] {
    for (int mine = 1; mine <= kRounds; ++mine) {
      wait_until(forth, Deadline::never(), [&] { return round >= mine; });
      ++seen;
      back.wake_all();
    }
  });
  for (int next = 1; next <= kRounds; ++next) {
    round = next;
    forth.wake_all();
    wait_until(back, Deadline::never(), [&] { return seen == next * kWaiters; });
  }
  threads.join();
  CHECK(seen == kRounds * kWaiters);
  CHECK_FALSE(forth.any());
  CHECK_FALSE(back.any());
}
