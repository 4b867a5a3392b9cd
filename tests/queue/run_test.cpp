// SPDX-License-Identifier: MIT
// Tests of a worker's run of entries: its owner takes from the front, others steal the back half.
#include "queue/run.h"

#include "support/test.hpp"

using tp::core::Run;

namespace {

// As large as an entry of a lane; its words belong together.
struct Triple {
  std::uint64_t first, second, third;

  static Triple of(std::uint64_t number) { return {number, ~number, number * 3}; }
  bool whole() const { return second == ~first && third == first * 3; }
};

using Triples = Run<Triple>;

void fill(Triples& run, std::uint64_t first, std::size_t count) {
  std::vector<Triple> entries;
  for (std::size_t i = 0; i < count; ++i) entries.push_back(Triple::of(first + i));
  run.fill(entries.data(), count);
}

}  // namespace

TEST_CASE("A new run is empty") {
  Triples run;
  Triple out[Triples::kCapacity];
  CHECK(run.size() == 0);
  CHECK_FALSE(run.take(out[0]));
  CHECK(run.steal(out) == 0);
}

TEST_CASE("A run is taken from the front") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 1, 2, 63, Triples::kCapacity);
  Triples run;
  for (std::uint64_t round = 0; round < 3; ++round) {
    fill(run, 100 * round, count);
    CHECK(run.size() == count);
    Triple entry{};
    for (std::uint64_t i = 0; i < count; ++i) {
      REQUIRE(run.take(entry));
      CHECK(entry.first == 100 * round + i);
      CHECK(entry.whole());
    }
    CHECK_FALSE(run.take(entry));
  }
}

TEST_CASE("A thief gets the back half, and the last entry, too") {
  const std::size_t count = GENERATE(as<std::size_t>{}, 1, 2, 3, 4, 7, 33, Triples::kCapacity);
  Triples run;
  Triple out[Triples::kCapacity];
  fill(run, 0, count);
  std::size_t left = count;
  while (left > 0) {
    const std::size_t stolen = run.steal(out);
    REQUIRE(stolen == left - left / 2);
    left -= stolen;
    for (std::size_t i = 0; i < stolen; ++i) {
      CHECK(out[i].first == left + i);
      CHECK(out[i].whole());
    }
    CHECK(run.size() == left);
  }
  CHECK(run.steal(out) == 0);
}

TEST_CASE("Taking and stealing meet in the middle") {
  Triples run;
  Triple out[Triples::kCapacity], entry{};
  fill(run, 0, 5);
  REQUIRE(run.take(entry));
  CHECK(entry.first == 0);
  REQUIRE(run.steal(out) == 2);
  CHECK(out[0].first == 3);
  REQUIRE(run.take(entry));
  CHECK(entry.first == 1);
  REQUIRE(run.steal(out) == 1);
  CHECK(out[0].first == 2);
  CHECK_FALSE(run.take(entry));
}

TEST_CASE("An empty fill leaves a run empty") {
  Triples run;
  Triple entry{};
  fill(run, 0, 0);
  CHECK(run.size() == 0);
  CHECK_FALSE(run.take(entry));
}

TEST_CASE("Each entry is taken or stolen once, and whole") {
  constexpr std::size_t kEntries = 200'000, kFill = 7;
  constexpr int kThieves = 3;
  Triples run;
  std::vector<std::atomic<int>> claims(kEntries);
  std::atomic<int> torn{0};
  std::atomic<bool> over{false};
  const auto use = [&](const Triple& entry) {
    if (!entry.whole() || entry.first >= kEntries) return void(++torn);
    ++claims[static_cast<std::size_t>(entry.first)];
  };
  support::ThreadGroup thieves(kThieves, [&] {
    Triple out[Triples::kCapacity];
    while (!over) {
      const std::size_t count = run.steal(out);
      for (std::size_t at = 0; at < count; ++at) use(out[at]);
    }
  });
  for (std::size_t next = 0; next < kEntries; next += kFill) {
    fill(run, next, std::min(kFill, kEntries - next));
    for (Triple entry{}; run.take(entry);) use(entry);
  }
  over = true;
  thieves.join();
  std::size_t once = 0;
  for (const std::atomic<int>& count : claims) once += count == 1;
  CHECK(once == kEntries);
  CHECK(torn == 0);
}
