// SPDX-License-Identifier: MIT
// Waits in a pool whose items are taken, and in its items; and what a taker sees before the job does.
#include "support/taker.hpp"

#include "support/done.hpp"
#include "support/group.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

TakenPool::Settings with(std::size_t workers, std::uint32_t flags = 0) {
  TakenPool::Settings settings;
  settings.workers = workers;
  settings.flags = flags;
  return settings;
}

}  // namespace

TEST_CASE("A taken item can't wait for a group of its pool, nor run its callbacks") {
  HeldTask<int, int> held;
  int own = 0, other = 0, polled = 0, empty = 1, ran = 0;
  tp_group_t *held_group = nullptr, *own_group = nullptr, *empty_group = nullptr;
  tp_pool_t* here = nullptr;
  Step step([&] {
    own = tp_group_wait(own_group, kShort);
    other = tp_group_wait(held_group, kShort);
    polled = tp_group_wait(held_group, 0);
    empty = tp_group_wait(empty_group, kShort);
    ran = tp_pool_run_callbacks(here, kShort, nullptr);
  });
  TakenPool pool(with(2, TP_POOL_MANUAL_CALLBACKS));
  here = pool;
  const Group first(pool), second(pool), third(pool);
  held_group = first;
  own_group = second;
  empty_group = third;
  const InGroup in_first(first), in_second(second);
  const Result waiting = apply_item(pool, held, 1, &in_first);
  CHECK(apply_async(pool, step, &in_second).get() == TP_OK);
  CHECK(own == TP_EDEADLK);
  CHECK(other == TP_EDEADLK);
  CHECK(polled == TP_ETIMEDOUT);
  CHECK(empty == TP_OK);
  CHECK(ran == TP_EDEADLK);
  held.gate.open();
  CHECK(waiting.get() == TP_OK);
}

TEST_CASE("Items that come back when the deadline has just passed end with ETIMEDOUT") {
  using Clock = std::chrono::steady_clock;
  Arrivals started;
  std::atomic<bool> is_submitted{false};
  Clock::time_point end;
  Step in_front([&] {  // its thread goes on with the next item before the timer's thread has come
    started.arrive();
    await("the next item", [&] { return is_submitted.load(); });
    await("its deadline", [&] { return Clock::now() >= end; });
  });
  Odd odd;
  const Timed job(1e-3);
  TakenPool::Settings settings = with(2);
  settings.threads = 1;
  TakenPool pool(settings);
  for (int round = 0; round < 20; ++round) {
    const Result front = apply_async(pool, in_front);
    started.wait(round + 1);
    const Result late = apply_item(pool, odd, 1, &job);
    end = Clock::now() + std::chrono::milliseconds(1);
    is_submitted = true;
    CHECK(late.get() == TP_ETIMEDOUT);
    CHECK(front.get() == TP_OK);
    is_submitted = false;
  }
}
