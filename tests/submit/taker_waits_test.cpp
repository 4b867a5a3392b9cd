// SPDX-License-Identifier: MIT
// Waits in a pool whose items are taken, and in its items; and what a taker sees before the job does.
#include "support/taker.hpp"

#include "support/done.hpp"
#include "support/future.hpp"
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

TEST_CASE(
    "A done callback of a pool with a taker goes on with the end that is left to its worker") {
  enum class Awaits { job, group, next };
  const Awaits awaits = GENERATE(Awaits::job, Awaits::group, Awaits::next);
  HeldTask<int, int> held;
  Increment increment;
  Gate waits, let_go;
  Arrivals called;
  tp_result_t *of_group = nullptr, *of_next = nullptr;
  tp_group_t* group = nullptr;
  int status = TP_EINVAL;
  Done done([&](tp_result_t*) {
    waits.wait();
    status = awaits == Awaits::group
                 ? tp_group_wait(group, kLong)
                 : tp_result_wait(awaits == Awaits::job ? of_group : of_next, kLong);
  });
  TakenPool pool(with(1));
  const Group own(pool);
  group = own;
  InGroup in_group(own);
  in_group.listen([&](tp_result_t*) {
    called.arrive();
    let_go.wait();
    pthread_exit(nullptr);
  });
  const Result first = apply_item(pool, held, 1);
  done.listen(first);
  held.gate.await(1);
  REQUIRE(tp_pool_pause(pool) == TP_OK);  // so that the second item is not handed out
  const Result left = apply_item(pool, held, 1, &in_group);
  of_group = left;
  Result next;
  REQUIRE(tp_result_then(left, &increment, nullptr, next.out()) == TP_OK);
  of_next = next;
  std::thread outside([&] { tp_result_cancel(of_group); });
  called.wait(1);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  held.gate.open();
  waits.await(1);
  waits.open();
  let_go.open();
  outside.join();
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(status == TP_OK);
}
