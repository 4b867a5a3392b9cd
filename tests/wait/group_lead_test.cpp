// SPDX-License-Identifier: MIT
// Continuations in groups: they count there from the start, keep to its bounds, and a wait for the group runs what they
// depend on, or learns that it can't end.
#include "support/future.hpp"
#include "support/test.hpp"

using namespace support;

TEST_CASE(
    "A continuation counts in its group while its source runs, and beyond the group's bound") {
  Increment increment;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().pending(1));
  InGroup in_group(group);
  Promise promise(pool);
  const Result first = then(promise.result, increment, &in_group);
  const Result second = then(promise.result, increment, &in_group);
  CHECK(stats_of(group).queued == 2);
  CHECK(tp_group_wait(group, kShort) == TP_ETIMEDOUT);
  CHECK(promise.set(1) == TP_OK);
  CHECK(group.wait() == TP_OK);
  CHECK(int_of(first) == 2);
  CHECK(int_of(second) == 2);
  CHECK(stats_of(group).completed == 2);
}

TEST_CASE("A continuation in a serial queue starts behind the jobs that were lined up before") {
  std::vector<int> order;
  HeldStep held;
  Next last([&](int n) { return order.push_back(2), n; });
  Step middle([&] { order.push_back(1); });
  Pool pool(worker_counts());
  Group serial(pool, GroupOptions().running(1));
  InGroup in_group(serial);
  Promise promise(pool);
  const Result blocking = apply_async(pool, held, &in_group);
  held.gate.await(1);
  const Result next = then(promise.result, last, &in_group);
  const Result before = apply_async(pool, middle, &in_group);
  CHECK(promise.set(7) == TP_OK);
  held.gate.open();
  CHECK(serial.wait() == TP_OK);
  CHECK(int_of(next) == 7);
  CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("The only worker that waits for a group runs what a continuation there depends on") {
  Increment increment;
  Odd odd;
  int status = TP_EINVAL;
  Pool pool(1);
  Group group(pool);
  InGroup in_group(group);
  Step waits([&] {
    const int one = 1;
    Result source, next;
    tp_pool_apply_async(pool, &odd, &one, nullptr, source.out());
    tp_result_then(source, &increment, &in_group, next.out());
    status = tp_group_wait(group, kLong);
  });
  CHECK(apply_async(pool, waits).get() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(stats_of(group).completed == 1);
}

TEST_CASE("A task that waits for a group with its own continuation is refused") {
  const std::size_t workers = worker_counts();
  Increment increment;
  int status = TP_OK;
  Gate followed;
  Pool pool(workers);
  Group group(pool);
  InGroup in_group(group);
  Step waits([&] {
    followed.wait();
    status = tp_group_wait(group, kLong);
  });
  const Result source = apply_async(pool, waits);
  const Result next = then(source, increment, &in_group);
  followed.open();
  CHECK(source.get() == TP_OK);
  CHECK(status == TP_EDEADLK);
  CHECK(next.get() == TP_OK);
}

TEST_CASE(
    "A cancel of the group, and the end of the pool, reach a continuation whose source runs") {
  const bool terminates = GENERATE(false, true);
  Increment increment;
  Pool pool(worker_counts());
  Group group(pool, GroupOptions().running(1));
  InGroup in_group(group);
  Promise promise(pool);
  const Result next = then(promise.result, increment, &in_group);
  CHECK((terminates ? tp_pool_terminate(pool) : tp_group_cancel(group)) == TP_OK);
  CHECK(next.get() == (terminates ? TP_ETERMINATED : TP_ECANCELED));
  CHECK(group.wait() == TP_OK);
  CHECK(stats_of(group).cancelled == 1);
}

TEST_CASE("A cancel of the group reaches what its jobs wait for outside, unless another holds it") {
  const std::size_t workers = worker_counts();
  Increment increment;
  Pool pool(workers), other(1);
  Group group(pool);
  InGroup in_group(group);
  Promise given(pool), forgotten(pool), far(other), deep(pool), twice(pool), held(pool);
  std::vector<Result> inside;
  for (Promise* const source : {&given, &held})
    inside.push_back(then(source->result, increment, &in_group));
  for (int i = 0; i < 2; ++i) inside.push_back(then(twice.result, increment, &in_group));
  REQUIRE(tp_result_then(forgotten.result, &increment, &in_group, nullptr) == TP_OK);
  Result outside = when_all({then(deep.result, increment), held.result, far.result});
  inside.push_back(then(outside, increment, &in_group));
  outside.release();
  for (Promise* const source : {&given, &forgotten, &far, &deep, &twice}) source->result.release();
  CHECK(tp_group_cancel(group) == TP_OK);
  for (const Result& result : inside) CHECK(result.get() == TP_ECANCELED);
  CHECK(group.wait() == TP_OK);
  for (const Promise* const source : {&given, &forgotten, &far, &deep, &twice})
    CHECK(source->set(1) == TP_ECANCELED);
  CHECK(held.set(1) == TP_OK);
  CHECK(stats_of(group).cancelled == 6);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(tp_pool_wait_idle(other, kLong) == TP_OK);
}

TEST_CASE(
    "A cancel of a serial queue ends what waits before what runs, which a continuation waits for") {
  const std::size_t workers = worker_counts();
  Arrivals started;
  std::atomic<bool> asked{false}, ran{false};
  bool early = false;
  Step runs([&] {
    started.arrive();
    await_stop();
    asked = true;
  });
  Step never([&] { ran = true; });
  Increment increment;
  Listening behind([&](tp_result_t*) {  // on the thread that cancels
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    while (!asked && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    early = asked;
  });
  Pool pool(workers);
  Group serial(pool, GroupOptions().running(1));
  InGroup in_group(serial);
  behind.group = serial;
  Result running = apply_async(pool, runs, &in_group);
  started.wait(1);
  const Result next = then(running, increment, &in_group);
  running.release();
  forget(pool, never, &behind);
  CHECK(tp_group_cancel(serial) == TP_OK);
  CHECK(next.get() == TP_ECANCELED);
  CHECK(serial.wait() == TP_OK);
  CHECK(behind.failures == 1);
  CHECK_FALSE(early);
  CHECK_FALSE(ran);
}
