// SPDX-License-Identifier: MIT
// Tests of a thread's producers: each thread finds its own, and gives them up when it ends.
#include "queue/producer.h"

#include "support/test.hpp"

using tp::core::find_producer;
using tp::core::keep_producer;
using tp::core::Producer;

namespace {

// A pool's reference.
class Owned {
 public:
  explicit Owned(std::uint64_t pool) : producer_(new Producer(pool, false)) {}
  ~Owned() {
    if (producer_) give_away()->unref();
  }
  Owned(Owned&& other) noexcept : producer_(other.give_away()) {}
  Owned& operator=(Owned&&) = delete;

  Producer* give_away() {
    Producer* const producer = producer_;
    producer_ = nullptr;
    return producer;
  }
  Producer& operator*() const { return *producer_; }
  Producer* operator->() const { return producer_; }

 private:
  Producer* producer_;
};

// As worker/work_finder.cpp takes over what another thread has given up.
bool adopt(Producer& producer) {
  if (producer.taken.exchange(true)) return false;
  producer.refs.fetch_add(1);
  return keep_producer(producer);
}

}  // namespace

TEST_CASE("A thread finds the producer that it keeps, and no other thread's") {
  Owned mine(1), other(2);
  std::thread([&] {
    CHECK(find_producer(1) == nullptr);
    REQUIRE(keep_producer(*mine));
    CHECK(find_producer(1) == &*mine);
    CHECK(find_producer(2) == nullptr);
    std::thread([&] {
      CHECK(find_producer(1) == nullptr);
      REQUIRE(keep_producer(*other));
      CHECK(find_producer(2) == &*other);
    }).join();
    CHECK(find_producer(2) == nullptr);
  }).join();
}

TEST_CASE("A thread finds its producer of each pool, in any order") {
  std::vector<Owned> producers;
  for (std::uint64_t pool = 0; pool < 10; ++pool) producers.emplace_back(pool);
  std::thread([&] {
    for (const Owned& producer : producers) REQUIRE(keep_producer(*producer));
    for (const std::size_t pool : {3u, 3u, 9u, 0u, 5u, 9u, 1u, 2u, 4u, 6u, 7u, 8u, 0u})
      CHECK(find_producer(pool) == &*producers[pool]);
    CHECK(find_producer(10) == nullptr);
  }).join();
}

TEST_CASE("A thread that ends gives its producer up, and another takes it over") {
  Owned producer(1);
  CHECK(producer->taken);
  std::thread([&] {
    REQUIRE(keep_producer(*producer));
    REQUIRE(producer->queue.reserve());
    producer->queue.push({1, nullptr, 2});
    CHECK_FALSE(adopt(*producer));  // it lives
  }).join();
  CHECK_FALSE(producer->taken);
  CHECK(producer->refs == 1);
  std::thread([&] {
    REQUIRE(adopt(*producer));
    CHECK(find_producer(1) == &*producer);
    REQUIRE(producer->queue.reserve());
    producer->queue.push({3, nullptr, 4});
    CHECK(producer->queue.size() == 2);
  }).join();
  CHECK_FALSE(producer->taken);
  CHECK(producer->refs == 1);
}

TEST_CASE("A producer lives until both its pool and its thread are gone") {
  Owned producer(1);
  Producer& kept = *producer;
  std::thread([&] {
    REQUIRE(keep_producer(kept));
    kept.dead = true;
    producer.give_away()->unref();  // the pool goes first
    CHECK(kept.refs == 1);
    CHECK(find_producer(1) == &kept);
  }).join();
}

TEST_CASE("The producers of pools that are gone are dropped with the next one") {
  std::vector<Owned> dead;
  for (std::uint64_t pool = 0; pool < 5; ++pool) dead.emplace_back(pool);
  Owned alive(5), next(6);
  std::thread([&] {
    for (const Owned& producer : dead) REQUIRE(keep_producer(*producer));
    REQUIRE(keep_producer(*alive));
    for (const Owned& producer : dead) producer->dead = true;
    REQUIRE(keep_producer(*next));
    for (const Owned& producer : dead) CHECK(producer->refs == 1);
    CHECK(find_producer(5) == &*alive);
    CHECK(find_producer(6) == &*next);
    CHECK(find_producer(0) == nullptr);
  }).join();
}

TEST_CASE("A shared producer belongs to its pool alone") {
  Producer* const producer = new Producer(1, true);
  CHECK(producer->shared);
  CHECK(producer->refs == 1);
  producer->unref();
}
