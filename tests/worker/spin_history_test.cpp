// SPDX-License-Identifier: MIT
// Tests of when a worker looks a little longer before it sleeps.
#include "worker/spin_history.h"

#include "support/test.hpp"

using tp::core::kSpinNs;
using tp::core::SpinHistory;

namespace {

constexpr std::uint64_t kSoon = 20'000, kLate = 500'000;

// Work comes so long after the worker had run dry: whether it comes during a spin.
bool rest(SpinHistory& spins, std::uint64_t ns) {
  const bool looks = spins.pays();
  const bool found = looks && ns <= spins.length_ns();
  if (found)
    spins.found();
  else
    spins.slept(looks, looks ? ns - spins.length_ns() : ns);
  return found;
}

int found(SpinHistory& spins, int times, std::uint64_t ns) {
  int count = 0;
  for (int i = 0; i < times; ++i) count += rest(spins, ns);
  return count;
}

}  // namespace

TEST_CASE("A worker spins at first, and as long as work comes soon") {
  SpinHistory spins;
  CHECK(found(spins, 100, kSpinNs / 2) == 100);
}

TEST_CASE("Where work comes seldom a worker soon stops to spin, and does not begin again") {
  SpinHistory spins;
  if (GENERATE(false, true)) found(spins, 100, kSpinNs / 2);
  found(spins, 8, kLate);
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(spins.pays());
    CHECK_FALSE(rest(spins, kLate));
  }
}

TEST_CASE("One late task among many does not stop a worker from spinning") {
  SpinHistory spins;
  for (int i = 0; i < 10; ++i) {
    CHECK(found(spins, 100, kSpinNs / 2) == 100);
    CHECK_FALSE(rest(spins, kLate));
  }
}

TEST_CASE("A worker that slept only for a short time spins longer the next time") {
  SpinHistory spins;
  found(spins, 8, kLate);
  CHECK_FALSE(rest(spins, kSoon));
  CHECK(spins.pays());
  CHECK(spins.length_ns() > kSoon);
  CHECK(rest(spins, kSoon));
  CHECK(spins.length_ns() == kSpinNs);
}

TEST_CASE("Trials in vain become rare") {
  SpinHistory spins;
  int looks = 0;
  for (int i = 0; i < 1000; ++i) {
    looks += spins.pays();
    rest(spins, 80'000);  // short, but too long for any spin
  }
  CHECK(looks < 20);
}
