// SPDX-License-Identifier: MIT
// Tests of a submitter's submit queue: order, promises, and the memory of its blocks.
#include "queue/submit_queue.h"

#include "support/test.hpp"

using tp::core::SubmitQueue;

namespace {

constexpr std::size_t kBlock = 4;  // small, so that each test crosses borders

// A task that knows how many of its kind there are: a block has kBlock of them.
struct Counted {
  Counted(int number = 0) : value(number) { ++alive; }
  Counted(const Counted& other) : value(other.value) { ++alive; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }

  int value;
  static inline std::atomic<std::size_t> alive{0};
};

using SmallQueue = SubmitQueue<Counted, kBlock>;

template <class AnyQueue>
void push(AnyQueue& queue, int first, int count) {
  for (int i = 0; i < count; ++i) {
    REQUIRE(queue.reserve());
    queue.push(first + i);
  }
}

constexpr auto kAll = [](std::size_t ready) { return ready; };

// The values of at most room tasks.
template <class AnyQueue>
std::vector<int> claim(AnyQueue& queue, std::size_t room) {
  std::vector<Counted> out(room);
  out.resize(queue.claim(out.data(), room, kAll));
  std::vector<int> values;
  for (const Counted& task : out) values.push_back(task.value);
  return values;
}

std::vector<int> numbers(int first, int count) {
  std::vector<int> result;
  for (int i = 0; i < count; ++i) result.push_back(first + i);
  return result;
}

}  // namespace

TEST_CASE("A submit queue keeps the order over the borders of blocks") {
  const std::size_t room = GENERATE(as<std::size_t>{}, 1, 3, 4, 5, 8, 100);
  SmallQueue queue;
  push(queue, 0, 50);
  CHECK(queue.size() == 50);
  std::vector<int> all;
  for (std::vector<int> part; !(part = claim(queue, room)).empty();)
    all.insert(all.end(), part.begin(), part.end());
  CHECK(all == numbers(0, 50));
  CHECK(queue.size() == 0);
}

TEST_CASE("A submit queue that is filled and emptied in turns keeps the order") {
  const int step = GENERATE(1, 2, 3, 4, 5, 9);
  SmallQueue queue;
  for (int first = 0; first < 100; first += step) {
    push(queue, first, step);
    CHECK(claim(queue, 100) == numbers(first, step));
    CHECK(claim(queue, 100).empty());
  }
}

TEST_CASE("A submit queue with blocks of the size that is shipped") {
  SubmitQueue<int> queue;
  push(queue, 0, 1000);
  int out[1000];
  REQUIRE(queue.claim(out, 1000, kAll) == 1000);
  CHECK(std::vector<int>(out, out + 1000) == numbers(0, 1000));
}

TEST_CASE("A claim is limited by its room and by what its caller wants") {
  SmallQueue queue;
  Counted out[10];
  std::size_t seen = 0;
  const auto limit = [&](std::size_t wanted) {
    return [&seen, wanted](std::size_t ready) { return seen = ready, wanted; };
  };
  CHECK(queue.claim(out, 10, limit(10)) == 0);
  CHECK(seen == 0);  // nobody asks about nothing
  push(queue, 0, 9);
  CHECK(queue.claim(out, 10, limit(2)) == 2);
  CHECK(seen == 9);
  CHECK(queue.claim(out, 3, limit(7)) == 3);
  CHECK(seen == 7);
  CHECK(out[0].value == 2);
  CHECK(queue.claim(out, 10, limit(0)) == 0);
  CHECK(queue.claim(out, 10, limit(4)) == 4);
  CHECK(out[3].value == 8);
  CHECK(queue.size() == 0);
}

TEST_CASE("Promises of room are kept, however many and wherever blocks end") {
  const int promises = GENERATE(1, 3, 4, 5, 100);
  SmallQueue queue;
  int next = 0;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < promises; ++i) REQUIRE(queue.reserve());
    for (int i = 0; i < promises; ++i) {
      if (i % 3 == 1)
        queue.cancel();
      else
        queue.push(next++);
    }
  }
  CHECK(claim(queue, 1000) == numbers(0, next));
}

TEST_CASE("Promises that are given back cost no memory") {
  SmallQueue queue;
  REQUIRE(queue.reserve());
  const std::size_t before = Counted::alive;
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(queue.reserve());
    queue.cancel();
  }
  CHECK(Counted::alive == before);
}

TEST_CASE("A submit queue frees what has been claimed") {
  SmallQueue queue;
  push(queue, 0, 1000);
  CHECK(Counted::alive >= 1000);
  while (!claim(queue, 7).empty()) {
  }
  constexpr std::size_t kKept = 4;  // for the next burst
  CHECK(Counted::alive <= (kKept + 1) * kBlock);
  for (int i = 0; i < 1000; ++i) {
    push(queue, i, 1);
    claim(queue, 1);
  }
  CHECK(Counted::alive <= (kKept + 2) * kBlock);
}

TEST_CASE("The newest task may be taken back, if nobody has claimed it") {
  SmallQueue queue;
  const auto is = [](int number) {
    return [number](const Counted& task) { return task.value == number; };
  };
  CHECK_FALSE(queue.take_back(is(0)));
  push(queue, 0, 2);
  CHECK_FALSE(queue.take_back(is(0)));  // not the newest
  CHECK(queue.take_back(is(1)));
  CHECK_FALSE(queue.take_back(is(1)));
  CHECK(queue.size() == 1);
  push(queue, 2, 1);
  CHECK(claim(queue, 100) == std::vector<int>{0, 2});
  CHECK_FALSE(queue.take_back(is(2)));
}

TEST_CASE("A submit queue that is a stack keeps its tasks over the borders of blocks") {
  SmallQueue queue;
  for (int depth = 1; depth < 40; ++depth) {
    push(queue, 1000 * depth, depth);
    int back = 0;
    while (queue.take_back(
        [&](const Counted& e) { return e.value == 1000 * depth + depth - 1 - back; }))
      ++back;
    std::vector<int> left = numbers(1000 * depth, depth - back);
    CHECK(claim(queue, 1000) == left);
  }
}

TEST_CASE("A submit queue frees what nobody has claimed") {
  const int claimed = GENERATE(0, 1, 4, 5, 12, 13);
  const std::size_t before = Counted::alive;
  {
    SmallQueue queue;
    if (claimed != 0) {
      push(queue, 0, 13);
      claim(queue, static_cast<std::size_t>(claimed));
    }
    for (int i = 0; i < 9; ++i) REQUIRE(queue.reserve());
  }
  CHECK(Counted::alive == before);
}

TEST_CASE("Each task is claimed once, by each thread in order") {
  constexpr int kTasks = 60'000;
  constexpr std::size_t kThreads = 3;
  SmallQueue queue;
  std::vector<std::atomic<int>> claims(kTasks);
  std::atomic<int> claimed{0}, disorder{0};
  std::vector<std::thread> threads;
  for (std::size_t room = 1; room <= kThreads; ++room)
    threads.emplace_back([&, room] {
      Counted out[kThreads];
      for (int last = -1; claimed < kTasks;) {
        const std::size_t count = queue.claim(out, room, kAll);
        if (count == 0) std::this_thread::yield();
        for (std::size_t i = 0; i < count; ++i) {
          if (out[i].value <= last) ++disorder;
          ++claims[static_cast<std::size_t>(last = out[i].value)];
          ++claimed;
        }
      }
    });
  push(queue, 0, kTasks);
  for (std::thread& thread : threads) thread.join();
  int once = 0;
  for (const std::atomic<int>& count : claims) once += count == 1;
  CHECK(once == kTasks);
  CHECK(disorder == 0);
}
