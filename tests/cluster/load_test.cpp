// SPDX-License-Identifier: MIT
// Which rank gets the next items, and how many: workers, time, the window, chunks, and the end of a job.
#include "cluster/load.h"

#include "support/test.hpp"

using tp::cluster::Cost;
using tp::cluster::Held;
using tp::cluster::Load;

namespace {

constexpr std::size_t kWindow = 1000, kManyLeft = 1'000'000;
constexpr Cost kUnknown{0, 1};

Cost quick(double bytes) { return {1e4, bytes}; }

std::vector<Held> hold_all(Load& load, const Cost& cost) {
  std::vector<Held> all;
  while (!load.is_full()) all.push_back(load.hold(load.best_rank(false), cost, kManyLeft));
  return all;
}

}  // namespace

TEST_CASE("Items that nobody knows go out one for each free worker") {
  Load load({2, 0, 3}, kWindow);
  std::size_t items[3] = {};
  for (const Held& held : hold_all(load, kUnknown)) {
    CHECK(held.items == 1);
    items[held.rank] += held.items;
  }
  CHECK(items[0] == 2);
  CHECK(items[1] == 0);
  CHECK(items[2] == 3);
  CHECK(load.best_rank(false) == Load::kNone);
}

TEST_CASE("The rank with the largest share of free workers gets the next items") {
  Load load({1, 4}, kWindow);
  CHECK(load.hold(load.best_rank(false), kUnknown, kManyLeft).rank == 0);
  for (int i = 0; i < 4; ++i)
    CHECK(load.hold(load.best_rank(false), kUnknown, kManyLeft).rank == 1);
  load.hold(1, kUnknown, 1);
  CHECK(load.best_rank(true) == 0);  // one has as many as it has workers, the other one more
}

TEST_CASE("A batch is half of what its rank may have ahead") {
  Load load({4}, kManyLeft);
  CHECK(load.hold(0, quick(1), kManyLeft).items == 200);
  CHECK(load.hold(0, quick(1), kManyLeft).items == 200);
  CHECK(load.is_full());
}

TEST_CASE("A batch has fewer items near the end of its job, and no more than there are") {
  const std::size_t left = GENERATE(as<std::size_t>{}, 1, 2, 16, 17, 100);
  Load load({4, 4}, kManyLeft);
  CHECK(load.hold(0, quick(1), left).items == (left + 15) / 16);
}

TEST_CASE("Items of no time at all, and items of any time, make batches of a sane size") {
  Load load({4}, kManyLeft);
  CHECK(load.hold(0, {1e-9, 1}, SIZE_MAX).items == 65536);
  CHECK(load.hold(0, {1e18, 1}, SIZE_MAX).items == 1);
}

TEST_CASE("A rank has no more bytes than the window, and one item beyond it at most") {
  Load load({8}, kWindow);
  CHECK(load.hold(0, quick(300), kManyLeft).items == 3);
  CHECK_FALSE(load.is_full());
  CHECK(load.hold(0, quick(300), kManyLeft).items == 1);
  CHECK(load.is_full());
}

TEST_CASE("An item that is larger than the window goes alone") {
  Load load({8}, kWindow);
  const Held held = load.hold(0, quick(2 * kWindow), kManyLeft);
  CHECK(held.items == 1);
  CHECK(load.is_full());
  CHECK(load.best_rank(true) == 0);
  load.let_go(held);
  CHECK_FALSE(load.is_full());
}

TEST_CASE("Packed items that are larger than was known fill the window") {
  Load load({8, 8}, kWindow);
  Held held = load.hold(1, quick(1), 16);
  load.grow(held, kWindow);
  CHECK(held.bytes == kWindow);
  load.grow(held, kWindow / 2);
  CHECK(held.bytes == kWindow);
  CHECK(load.best_rank(false) == 0);
  CHECK(load.is_any_remote());
  load.let_go(held);
  CHECK_FALSE(load.is_any_remote());
}

TEST_CASE("A chunk keeps one worker busy, however long it is") {
  constexpr std::size_t kChunk = 50;
  Load load({4}, kManyLeft);
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(load.is_full());
    Held held = load.hold(0, kUnknown, kManyLeft);
    load.fill(held, kChunk, kChunk, 8);
    CHECK(held.items == kChunk);
    CHECK(held.bytes == 1 + (kChunk - 1) * 8);
  }
  CHECK(load.is_full());
}

TEST_CASE("Fewer items than room was held for leave the rest to others") {
  Load load({4}, kManyLeft);
  Held held = load.hold(0, quick(1), kManyLeft);
  load.fill(held, 100, 0, 1);
  CHECK(load.hold(0, quick(1), kManyLeft).items == 200);
  CHECK(load.hold(0, quick(1), kManyLeft).items == 100);
  CHECK(load.is_full());
}

TEST_CASE("What is let go leaves nothing behind, also of a rank that is lost") {
  Load load({3, 3}, kWindow);
  std::vector<Held> all = hold_all(load, quick(7));
  for (Held& held : all) {
    load.fill(held, held.items + 5, 3, 7);
    load.go_out(held);
  }
  load.set_workers(1, 0);
  for (const Held& held : all) load.let_go(held);
  CHECK(load.batches(0) == 0);
  CHECK(load.batches(1) == 0);
  CHECK_FALSE(load.is_any_remote());
  CHECK(load.hold(0, quick(7), kManyLeft).items == kWindow / 7);
}

TEST_CASE("A rank without workers gets nothing, even if somebody must have the items") {
  Load load({2, 3}, kWindow);
  load.set_workers(1, 0);
  CHECK(load.workers() == 2);
  CHECK(load.best_rank(true) == 0);
  load.set_workers(0, 0);
  CHECK(load.workers() == 0);
  CHECK(load.is_full());
  CHECK(load.best_rank(true) == Load::kNone);
  load.set_workers(0, 4);
  CHECK(load.best_rank(false) == 0);
}

TEST_CASE("A rank is idle when two looks in a row find that nothing is out to it") {
  Load load({1, 1, 0}, kWindow);
  Held first = load.hold(0, kUnknown, 1), second = load.hold(1, kUnknown, 1);
  load.go_out(first);
  CHECK_FALSE(load.is_any_idle());
  CHECK(load.is_any_idle());  // what is held is not out yet
  load.go_out(second);
  CHECK_FALSE(load.is_any_idle());
  load.let_go(first);
  CHECK_FALSE(load.is_any_idle());
  CHECK(load.is_any_idle());
}
