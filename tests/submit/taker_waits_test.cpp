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

TEST_CASE("A callback may wait for another job whose items are taken") {
  Odd odd;
  TakenPool pool(with(GENERATE(as<std::size_t>{}, 1, 2, 4)));
  struct Chain {
    tp_pool_t* pool;
    const tp_task_t* task;
    int status = 1;
    int value = 0;
  } chain{pool, &odd};
  Job options;
  options.user = &chain;
  options.callback = [](void* user, tp_result_t*) {
    Chain& self = *static_cast<Chain*>(user);
    const int item = 20;
    self.status = tp_pool_apply(self.pool, self.task, &item, &self.value);
  };
  const Result result = apply_item(pool, odd, 1, &options);
  REQUIRE(result.get() == TP_OK);
  CHECK(chain.status == TP_OK);
  CHECK(chain.value == 41);
}

TEST_CASE("Done callbacks on all workers may wait for jobs that nobody has handed out") {
  const std::size_t workers = GENERATE(as<std::size_t>{}, 1, 2, 4);
  Odd odd;
  HeldTask<int, int> held;
  std::atomic<int> succeeded{0};
  Arrivals all_wait;
  tp_pool_t* here = nullptr;
  const auto wait_for_another = [&](tp_result_t*) {
    all_wait.arrive();
    all_wait.wait(static_cast<int>(workers));
    const int item = 20;
    tp_result_t* result = nullptr;
    tp_pool_apply_async(here, &odd, &item, nullptr, &result);
    succeeded += tp_result_wait(result, kLong) == TP_OK;
    tp_result_release(result);
  };
  std::deque<Done> dones;
  std::vector<Result> results;
  TakenPool pool(with(workers));
  here = pool;
  for (std::size_t i = 0; i < workers; ++i) {
    results.push_back(apply_item(pool, held, 1));
    dones.emplace_back(wait_for_another).listen(results.back());
  }
  held.gate.open();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(succeeded == static_cast<int>(workers));
}

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
