// SPDX-License-Identifier: MIT
// Tests of the counter of forks.
#include "base/fork.h"

#include "support/test.hpp"

using namespace tp::core;
using support::in_child;

static std::atomic<int> resets{0};

static void reset() { ++resets; }

TEST_CASE("The fork generation goes up in the child alone") {
  REQUIRE(watch_forks());
  REQUIRE(watch_forks());  // it counts once all the same
  const std::uint32_t before = fork_generation();
  CHECK(in_child([&] { return fork_generation() == before + 1 ? 0 : 1; }) == 0);
  CHECK(in_child([&] {
          return in_child([&] { return fork_generation() == before + 2 ? 0 : 1; });
        }) == 0);
  CHECK(fork_generation() == before);
}

TEST_CASE("A function for children runs once in each, and not in the parent") {
  REQUIRE(watch_forks());
  on_fork_child(reset);
  on_fork_child(reset);
  CHECK(in_child([] { return resets == 1 ? 0 : 1; }) == 0);
  CHECK(in_child([] { return resets == 1 ? 0 : 1; }) == 0);
  CHECK(resets == 0);
}
