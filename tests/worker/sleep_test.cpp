// SPDX-License-Identifier: MIT
// Tests of who sleeps and who is woken.
#include "worker/sleep.h"

#include "base/parker.h"
#include "support/test.hpp"

using tp::core::Deadline;
using tp::core::Parker;
using tp::core::Sleep;

namespace {

// One that has announced itself, and counts its tokens.
struct Sleeper {
  explicit Sleeper(Sleep& sleep) { sleep.announce(link); }
  int given() {
    tokens += parker.park(Deadline::in(0));
    return tokens;
  }
  Parker parker;
  Sleep::Sleeper link{&parker};
  int tokens = 0;
};

}  // namespace

TEST_CASE("Where nobody sleeps nobody is woken") {
  Sleep sleep;
  sleep.notify();
  sleep.wake_all();
  CHECK(sleep.count() == 0);
  Sleeper late(sleep);
  CHECK(sleep.count() == 1);
  CHECK(late.given() == 0);
}

TEST_CASE("A sleeper is woken once") {
  Sleep sleep;
  Sleeper sleeper(sleep);
  sleep.notify();
  CHECK(sleeper.given() == 1);
  CHECK(sleep.count() == 0);
  sleep.notify();
  CHECK(sleeper.given() == 1);
  CHECK(sleep.retire(sleeper.link));
}

TEST_CASE("One wake-up is in flight at a time") {
  Sleep sleep;
  Sleeper first(sleep), second(sleep), third(sleep);
  const auto woken = [&] { return first.given() + second.given() + third.given(); };
  for (int flights = 1; flights <= 3; ++flights) {
    sleep.notify();
    sleep.notify();
    CHECK(woken() == flights);
    CHECK(sleep.count() == static_cast<unsigned>(3 - flights));
    for (Sleeper* sleeper : {&first, &second, &third})
      if (sleeper->given() && !sleeper->link.listed) sleep.retire(sleeper->link);
  }
}

TEST_CASE("A sleeper that finds work by itself was not woken") {
  Sleep sleep;
  Sleeper first(sleep), second(sleep);
  CHECK_FALSE(sleep.retire(first.link));
  CHECK(sleep.count() == 1);
  sleep.notify();
  CHECK(first.given() == 0);
  CHECK(second.given() == 1);
}

TEST_CASE("Sleepers may leave in any order and come again") {
  Sleep sleep;
  std::deque<Sleeper> sleepers;
  for (int i = 0; i < 5; ++i) sleepers.emplace_back(sleep);
  for (const std::size_t i : {2u, 4u, 0u, 3u, 1u}) CHECK_FALSE(sleep.retire(sleepers[i].link));
  CHECK(sleep.count() == 0);
  sleep.announce(sleepers[3].link);
  sleep.notify();
  CHECK(sleepers[3].given() == 1);
}

TEST_CASE("At the end all are woken, each to retire by itself") {
  Sleep sleep;
  Sleeper first(sleep), second(sleep);
  sleep.wake_all();
  CHECK(first.given() == 1);
  CHECK(second.given() == 1);
  CHECK(sleep.count() == 2);
  CHECK_FALSE(sleep.retire(first.link));
  CHECK_FALSE(sleep.retire(second.link));
  CHECK(sleep.count() == 0);
}

TEST_CASE("No wake-up is lost between threads") {
  constexpr int kWorkers = 3, kSubmitters = 2, kEach = 5'000;
  Sleep sleep;
  std::atomic<int> work{0}, done{0};
  const auto take = [&] {
    int left = work;
    while (left > 0 && !work.compare_exchange_weak(left, left - 1)) {
    }
    return left > 0;
  };
  const auto over = [&] { return done == kSubmitters * kEach; };
  std::vector<std::thread> threads;
  for (int i = 0; i < kWorkers; ++i)
    threads.emplace_back([&] {
      Parker parker;
      Sleep::Sleeper me{&parker};
      bool woken = false;
      while (!over()) {
        if (take()) {
          if (woken && work > 0) sleep.notify();
          woken = false;
          ++done;
          if (over()) sleep.wake_all();
          continue;
        }
        sleep.announce(me);
        if (work == 0 && !over()) parker.park(Deadline::never());
        woken = sleep.retire(me);
      }
    });
  for (int i = 0; i < kSubmitters; ++i)
    threads.emplace_back([&] {
      for (int submitted = 0; submitted < kEach; ++submitted) {
        ++work;
        sleep.notify();
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(work == 0);
  CHECK(done == kSubmitters * kEach);
  CHECK(sleep.count() == 0);
}

TEST_CASE("Who sleeps is found and woken whether submitters or sleepers pay for the order") {
  Sleep sleep;
  for (const bool pay : {true, true, false, false, true}) {
    sleep.let_submitters_pay(pay);
    CHECK(sleep.count() == 0);
    CHECK_FALSE(sleep.notify());
    Sleeper first(sleep), second(sleep);
    sleep.let_submitters_pay(!pay);
    CHECK(sleep.count() == 2);
    CHECK(sleep.notify());
    CHECK(sleep.choose());
    CHECK_FALSE(sleep.choose());
    for (Sleeper* sleeper : {&first, &second}) {
      CHECK(sleeper->given() == 1);
      CHECK(sleep.retire(sleeper->link));
    }
  }
}

TEST_CASE("One worker searches at a time, and nobody is woken beside it once it has the flight") {
  Sleep sleep;
  Sleeper sleeper(sleep);
  REQUIRE(sleep.start_searching());
  CHECK_FALSE(sleep.start_searching());
  REQUIRE(sleep.take_flight());
  CHECK_FALSE(sleep.take_flight());
  CHECK_FALSE(sleep.notify());
  sleep.stop_searching();
  sleep.land();
  CHECK(sleep.notify());
  CHECK_FALSE(sleep.take_flight());
  REQUIRE(sleep.start_searching());
  sleep.stop_searching();
  CHECK(sleep.is_in_flight());
  CHECK(sleep.retire(sleeper.link));
  CHECK_FALSE(sleep.is_in_flight());
}
