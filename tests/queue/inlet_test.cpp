// SPDX-License-Identifier: MIT
// Tests of a thread's inlets: each thread finds its own, and gives them up when it ends.
#include "queue/inlet.h"

#include "support/test.hpp"

using tp::core::find_inlet;
using tp::core::Inlet;
using tp::core::keep_inlet;

namespace {

// A pool's reference.
class Owned {
 public:
  explicit Owned(std::uint64_t pool) : inlet_(new Inlet(pool, false)) {}
  ~Owned() {
    if (inlet_) give_away()->unref();
  }
  Owned(Owned&& other) noexcept : inlet_(other.give_away()) {}
  Owned& operator=(Owned&&) = delete;

  Inlet* give_away() {
    Inlet* const inlet = inlet_;
    inlet_ = nullptr;
    return inlet;
  }
  Inlet& operator*() const { return *inlet_; }
  Inlet* operator->() const { return inlet_; }

 private:
  Inlet* inlet_;
};

// As worker/work_finder.cpp takes over what another thread has given up.
bool adopt(Inlet& inlet) {
  if (inlet.taken.exchange(true)) return false;
  inlet.refs.fetch_add(1);
  return keep_inlet(inlet);
}

}  // namespace

TEST_CASE("A thread finds the inlet that it keeps, and no other thread's") {
  Owned mine(1), other(2);
  std::thread([&] {
    CHECK(find_inlet(1) == nullptr);
    REQUIRE(keep_inlet(*mine));
    CHECK(find_inlet(1) == &*mine);
    CHECK(find_inlet(2) == nullptr);
    std::thread([&] {
      CHECK(find_inlet(1) == nullptr);
      REQUIRE(keep_inlet(*other));
      CHECK(find_inlet(2) == &*other);
    }).join();
    CHECK(find_inlet(2) == nullptr);
  }).join();
}

TEST_CASE("A thread finds its inlet of each pool, in any order") {
  std::vector<Owned> inlets;
  for (std::uint64_t pool = 0; pool < 10; ++pool) inlets.emplace_back(pool);
  std::thread([&] {
    for (const Owned& inlet : inlets) REQUIRE(keep_inlet(*inlet));
    for (const std::size_t pool : {3u, 3u, 9u, 0u, 5u, 9u, 1u, 2u, 4u, 6u, 7u, 8u, 0u})
      CHECK(find_inlet(pool) == &*inlets[pool]);
    CHECK(find_inlet(10) == nullptr);
  }).join();
}

TEST_CASE("A thread that ends gives its inlet up, and another takes it over") {
  Owned inlet(1);
  CHECK(inlet->taken);
  std::thread([&] {
    REQUIRE(keep_inlet(*inlet));
    REQUIRE(inlet->lane.reserve());
    inlet->lane.push({1, nullptr, 2});
    CHECK_FALSE(adopt(*inlet));  // it lives
  }).join();
  CHECK_FALSE(inlet->taken);
  CHECK(inlet->refs == 1);
  std::thread([&] {
    REQUIRE(adopt(*inlet));
    CHECK(find_inlet(1) == &*inlet);
    REQUIRE(inlet->lane.reserve());
    inlet->lane.push({3, nullptr, 4});
    CHECK(inlet->lane.size() == 2);
  }).join();
  CHECK_FALSE(inlet->taken);
  CHECK(inlet->refs == 1);
}

TEST_CASE("An inlet lives until both its pool and its thread are gone") {
  Owned inlet(1);
  Inlet& kept = *inlet;
  std::thread([&] {
    REQUIRE(keep_inlet(kept));
    kept.dead = true;
    inlet.give_away()->unref();  // the pool goes first
    CHECK(kept.refs == 1);
    CHECK(find_inlet(1) == &kept);
  }).join();
}

TEST_CASE("The inlets of pools that are gone are dropped with the next one") {
  std::vector<Owned> dead;
  for (std::uint64_t pool = 0; pool < 5; ++pool) dead.emplace_back(pool);
  Owned alive(5), next(6);
  std::thread([&] {
    for (const Owned& inlet : dead) REQUIRE(keep_inlet(*inlet));
    REQUIRE(keep_inlet(*alive));
    for (const Owned& inlet : dead) inlet->dead = true;
    REQUIRE(keep_inlet(*next));
    for (const Owned& inlet : dead) CHECK(inlet->refs == 1);
    CHECK(find_inlet(5) == &*alive);
    CHECK(find_inlet(6) == &*next);
    CHECK(find_inlet(0) == nullptr);
  }).join();
}

TEST_CASE("A shared inlet belongs to its pool alone") {
  Inlet* const inlet = new Inlet(1, true);
  CHECK(inlet->shared);
  CHECK(inlet->refs == 1);
  inlet->unref();
}
