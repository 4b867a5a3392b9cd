// SPDX-License-Identifier: MIT
// Continuations: what they get, where they run, how they fail, and that nobody waits for ever.
#include <tpool/future.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

// Counts its runs, and its life.
struct Counts {
  std::atomic<int>* runs;
  Life life{};

  int operator()(int n) const {
    ++*runs;
    return n;
  }
};

}  // namespace

TEST_CASE("a continuation gets the value on a worker", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto result = pool.apply_async(same, 3);
  const auto text = result.then([](int n) { return std::to_string(n); });
  CHECK(text.get() == "3");
  CHECK(text.then([](const std::string& s) { return s + "!"; }).get() == "3!");
  CHECK(result.then([](int) { return tp_worker_pool(); }).get() == pool.capi());
  const auto sum =
      pool.map_async(same, numbers(5)).then([](const std::vector<int>& all) { return all.size(); });
  CHECK(sum.get() == 5);
  int seen = 0;
  pool.apply_async([] {}).then([&seen] { seen = 1; }).get();
  CHECK(seen == 1);
  CHECK(result.get() == 3);
}

TEMPLATE_TEST_CASE("a continuation of an rvalue gets the value moved", "[cpp]", MoveOnly,
                   MoveThrows, AlignedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  const auto make = [](int n) { return TestType(n); };
  auto moved = pool.apply_async(make, 3).then(
      [](TestType&& object) { return std::make_unique<TestType>(std::move(object)); });
  CHECK(moved.get()->value() == 3);
  std::unique_ptr<TestType> out = std::move(moved).then([](auto object) { return object; }).get();
  CHECK(out->value() == 3);
  const auto objects = pool.map_async(make, numbers(3)).then([](std::vector<TestType>&& all) {
    return all[2].value();
  });
  CHECK(objects.get() == 2);
}

TEST_CASE("a continuation of an rvalue may be one that only moves", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  const auto take = [](auto&& object) {
    const auto taken = std::forward<decltype(object)>(object);
    return taken.value();
  };
  CHECK(pool.apply_async([] { return MoveOnly(3); }).then(take).get() == 3);
}

TEST_CASE("a continuation of an lvalue looks at the value", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  const auto result = pool.apply_async([] { return Copyable(4); });
  const auto look = [](const Copyable& object) { return object.value(); };
  std::vector<tp::Future<int>> looks;
  for (int i = 0; i < 20; ++i) looks.push_back(result.then(look));
  for (const auto& future : looks) CHECK(future.get() == 4);
  CHECK(result.get().value() == 4);
  const auto only = pool.apply_async([] { return MoveOnly(5); });
  CHECK(only.then([](const MoveOnly& object) { return object.value(); }).get() == 5);
  CHECK(only.then([](MoveOnly object) { return object.value(); }).get() == 5);
}

TEST_CASE("a map without values has a continuation", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  std::atomic<int> runs{0};
  auto mapped = pool.map_async([&runs](int) { ++runs; }, numbers(5));
  const auto seen = mapped.then([&runs] { return runs.load(); });
  CHECK(seen.get() == 5);
  tp::Future<void>(std::move(mapped)).get();
}

TEST_CASE("an exception passes a continuation by", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  const auto failed = pool.apply_async(fail, 3).then(Counts{&runs}).then(Counts{&runs});
  CHECK_THROWS_AS(failed.get(), Oops);
  CHECK_THROWS_AS(failed.get(), Oops);
  CHECK(failed.ready());
  CHECK(runs == 0);
  const auto later = pool.apply_async(same, 3).then(fail).then(Counts{&runs});
  CHECK(oops_of([&] { later.get(); }) == 3);
  CHECK(runs == 0);
}

TEST_CASE("a future is asked again after a timed wait", "[cpp]") {
  support::Gate gate;
  TestPool pool(1);
  const auto result = pool.apply_async([&gate] { return gate.wait(), 1; });
  const auto future = result.then(next);
  CHECK_FALSE(future.ready());
  CHECK_FALSE(future.wait(kShort));
  CHECK_FALSE(future.wait(tp::Timeout(0)));
  CHECK_FALSE(future.wait(tp::Timeout(-INFINITY)));
  CHECK(status_of([&] { future.wait(tp::Timeout(NAN)); }) == TP_EINVAL);
  CHECK_THROWS_AS(future.get(kShort), tp::TimeoutError);
  CHECK_FALSE(future.ready());
  gate.open();
  CHECK(future.wait(kLong));
  CHECK(future.get(kLong) == 2);
  CHECK(future.ready());
  CHECK(status_of([&] { future.get(tp::Timeout(NAN)); }) == TP_EINVAL);
}

TEST_CASE("a continuation of a closed pool runs if it was accepted before", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  std::optional<tp::Future<int>> future;
  {
    AllBusy busy(pool);
    future = pool.apply_async(same, 3).then(Counts{&runs}).then(Counts{&runs});
    pool.close();
    CHECK_THROWS_AS(future->then(same), tp::PoolNotRunning);
    busy.open();
    CHECK(future->get() == 3);
  }
  pool.finish();
  CHECK(runs == 2);
  CHECK(alive == 0);
  CHECK_THROWS_AS(future->then(same).get(), tp::PoolNotRunning);
}

TEST_CASE("a continuation ends with its pool", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  std::optional<tp::Future<int>> waits, queued;
  support::Gate gate, all_follow;
  {
    TestPool pool(1);
    const auto result = pool.apply_async([&] { return all_follow.wait(), 1; });
    const auto first = result.then([&](int n) { return gate.wait(), n; });
    queued = result.then(Counts{&runs});
    waits = first.then(Counts{&runs});
    all_follow.open();
    gate.await(1);
    pool.terminate();
    CHECK_THROWS_AS(queued->get(), tp::Terminated);
    gate.open();
    CHECK(first.get() == 1);
  }
  CHECK_THROWS_AS(waits->get(), tp::Terminated);
  CHECK(runs == 0);
  CHECK(alive == 0);
}

TEST_CASE("a future outlives its pool", "[cpp]") {
  NoneLeft check;
  std::optional<tp::Future<Copyable>> future;
  {
    TestPool pool(2);
    future = pool.apply_async(same, 3).then([](int n) { return Copyable(n); });
    future->wait();
  }
  CHECK(future->get().value() == 3);
}

TEST_CASE("a continuation runs when nobody keeps its future", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  support::Arrivals ran;
  TestPool pool;
  for (int i = 0; i < 10; ++i)
    pool.apply_async(same, i).then(Counts{&runs}).then([&ran](int) { ran.arrive(); });
  ran.wait(10);
  pool.finish();
  CHECK(runs == 10);
}

TEST_CASE("cancel ends what a future waits for", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  AllBusy busy(pool);
  const auto future = pool.apply_async(Counts{&runs}, 1).then(Counts{&runs});
  future.cancel();
  CHECK_THROWS_AS(future.get(), tp::Canceled);
  CHECK(alive == 0);
  future.cancel();
  CHECK(runs == 0);
  busy.open();
}

TEST_CASE("cancel leaves alone what others hold", "[cpp]") {
  TestPool pool(1);
  AllBusy busy(pool);
  const auto result = pool.apply_async(same, 1);
  const auto future = result.then(next);
  future.cancel();
  CHECK_THROWS_AS(future.get(), tp::Canceled);
  busy.open();
  CHECK(result.get() == 1);
}

TEST_CASE("cancel ends a continuation that is queued", "[cpp]") {
  support::Gate gate, all_follow;
  TestPool pool(1);
  const auto result = pool.apply_async([&] { return all_follow.wait(), 1; });
  const auto first = result.then([&](int n) { return gate.wait(), n; });
  const auto queued = result.then(same);
  all_follow.open();
  gate.await(1);
  queued.cancel();
  CHECK_THROWS_AS(queued.get(), tp::Canceled);
  gate.open();
  CHECK(first.get() == 1);
}

TEST_CASE("a worker that waits for a continuation runs it", "[cpp]") {
  TestPool pool;
  const auto chain = [&pool](int n) {
    return pool.apply_async(same, n).then(next).then(next).get();
  };
  CHECK(pool.apply(chain, 3) == 5);
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(i + 2);
  CHECK(pool.map(chain, numbers(100)) == expected);
}

TEST_CASE("a worker helps across two pools", "[cpp]") {
  support::Gate gate;
  TestPool outer(1);
  TestPool inner(1);
  const auto far = inner.apply_async([&gate] { return gate.wait(), 1; });
  const auto waits = outer.apply_async([&] {
    const auto near = outer.apply_async(same, 1).then(next);
    gate.open();
    return far.then(next).get() + near.get();
  });
  CHECK(waits.get(kLong) == 4);
}

TEST_CASE("many threads wait for one future", "[cpp]") {
  TestPool pool(2);
  std::optional<AllBusy> busy(pool);
  const auto future = pool.apply_async(same, 1).then(next).then(next);
  std::atomic<int> sum{0};
  support::ThreadGroup threads(8, [&] { sum += future.get(); });
  busy.reset();
  threads.join();
  CHECK(sum == 24);
}

TEST_CASE("a wait inside the callback of its job is refused", "[cpp]") {
  support::Gate gate;
  TestPool pool(1);
  std::optional<tp::Future<int>> future;
  int status = 0;
  const auto callback = [&](int) {
    gate.wait();
    status = status_of([&] { future->get(); });
  };
  const auto result = pool.apply_async(tp::make_options(callback), same, 1);
  future = result.then(same);
  gate.open();
  CHECK(future->get() == 1);
  CHECK(status == TP_EDEADLK);
}

TEST_CASE("a long chain needs no stack", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  const bool fails = GENERATE(false, true);
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  auto future = pool.apply_async(fails ? fail : +same, 1).then(Counts{&runs});
  for (int i = 0; i < 100000; ++i) future = std::move(future).then(Counts{&runs});
  busy.reset();
  if (fails) {
    CHECK_THROWS_AS(future.get(), Oops);
    CHECK(runs == 0);
  } else {
    CHECK(future.get() == 1);
    CHECK(runs == 100001);
  }
}

TEST_CASE("a future without a pool has no continuation", "[cpp]") {
  TestPool pool(1);
  tp::AsyncResult<int> without(pool.apply_async(same, 3).release());
  CHECK(status_of([&] { without.then(same); }) == TP_EINVAL);
  const tp::AsyncResult<int> with(without.release(), pool.capi());
  CHECK(with.then(next).get() == 4);
  CHECK(status_of([&] { without.then(same); }) == TP_EINVAL);
  tp::Future<int> future(with);
  tp::Future<int> taken = std::move(future);
  CHECK(taken.get() == 3);
  CHECK(status_of([&] { future.ready(); }) == TP_EINVAL);
}
