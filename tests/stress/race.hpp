// SPDX-License-Identifier: MIT
// Rounds, races and repeatable randomness for the stress tests.
#pragma once

#include "support/test.hpp"

namespace stress {

// TPOOL_STRESS_ROUNDS (1000 without it), divided by what one round of the test costs.
inline std::size_t rounds(std::size_t cost = 1) {
  const char* text = std::getenv("TPOOL_STRESS_ROUNDS");
  const std::size_t all = text ? std::strtoul(text, nullptr, 10) : 1000;
  return all < cost ? 1 : all / cost;
}

// xorshift64*: the same numbers for the same seed on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  std::uint32_t below(std::size_t n) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::uint32_t>((state_ * 0x2545f4914f6cdd1d) >> 32) %
           static_cast<std::uint32_t>(n);
  }

  bool coin() { return below(2) == 0; }

 private:
  std::uint64_t state_;
};

// Passes a little time on the CPU, to vary who comes first in a race.
inline void spin(std::uint32_t turns) {
  for (std::uint32_t i = 0; i < turns; ++i) asm volatile("");
}

// Lets n threads go at the same moment, again and again; they come from a spin, not from a sleep.
class StartLine {
 public:
  explicit StartLine(std::size_t n) : n_(n) {}

  void wait() {
    const std::size_t all_here = (arrivals_.fetch_add(1) / n_ + 1) * n_;
    support::await("the start line", [&] { return arrivals_.load() >= all_here; });
  }

 private:
  const std::size_t n_;
  std::atomic<std::size_t> arrivals_{0};
};

}  // namespace stress
