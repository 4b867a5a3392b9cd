// SPDX-License-Identifier: MIT
// when_all and when_any, and graphs of continuations.
#include <tpool/when.hpp>

#include <variant>

#include "test_pool.hpp"

using namespace counted;

TEST_CASE("when_all yields a tuple of the values", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto number = pool.apply_async(same, 1);
  const auto none = pool.apply_async([] {});
  const auto many = pool.map_async(same, numbers(3));
  auto all = tp::when_all(number, none, many, number.then(next),
                          pool.apply_async([] { return MoveOnly(5); }));
  using Tuple = std::tuple<int, std::monostate, std::vector<int>, int, MoveOnly>;
  static_assert(std::is_same_v<decltype(all), tp::Future<Tuple>>);
  const Tuple& values = all.get();
  CHECK(std::get<0>(values) == 1);
  CHECK(std::get<2>(values) == numbers(3));
  CHECK(std::get<3>(values) == 2);
  CHECK(std::get<4>(values).value() == 5);
  CHECK(number.get() == 1);
  CHECK(many.get() == numbers(3));
  CHECK(all.then([](const Tuple& t) { return std::get<0>(t); }).get() == 1);
}

TEST_CASE("when_all of a range yields a vector", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  std::vector<tp::AsyncResult<Copyable>> results;
  for (int i = 0; i < 50; ++i) results.push_back(pool.apply_async([i] { return Copyable(i); }));
  const auto sum_of = [](const std::vector<Copyable>& all) {
    int sum = 0;
    for (const Copyable& object : all) sum += object.value();
    return sum;
  };
  const auto shared = tp::when_all(results);
  CHECK(sum_of(shared.get()) == 1225);
  CHECK(results[7].get().value() == 7);
  CHECK(sum_of(tp::when_all(std::move(results)).get()) == 1225);
  const auto text = pool.apply_async([] { return std::string(100, 'x'); });
  CHECK(std::get<0>(tp::when_all(text).get()) == text.get());
  CHECK(text.get().size() == 100);
  std::list<tp::Future<MoveOnly>> futures;
  futures.push_back(pool.apply_async(same, 3).then([](int n) { return MoveOnly(n); }));
  CHECK(tp::when_all(std::move(futures)).get().front().value() == 3);
  CHECK(tp::when_all(std::vector<tp::AsyncResult<int>>()).get().empty());
}

// clang 14 can't compile the views of libstdc++ 12.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>

TEST_CASE("when_all and when_any take views", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  const std::vector<int> items = numbers(3);
  const auto start = [&pool](int n) { return pool.apply_async(same, n); };
  const auto started = items | std::views::transform(start);
  CHECK(tp::when_all(started).get() == items);
  CHECK(tp::when_any(started).get() < 3);
  std::vector<tp::AsyncResult<int>> results;
  for (int n : items) results.push_back(start(n));
  const auto skip = [](const tp::AsyncResult<int>& result) { return result.get() != 1; };
  CHECK(tp::when_all(results | std::views::filter(skip)).get() == std::vector<int>{0, 2});
  CHECK(tp::when_any(results | std::views::filter(skip)).get() < 2);
}
#endif

TEST_CASE("when_all waits for all and throws the first failure", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  std::vector<tp::AsyncResult<int>> results;
  results.push_back(pool.apply_async([&gate]() -> int { return gate.wait(), fail(1); }));
  results.push_back(pool.apply_async(fail, 2));
  const auto all = tp::when_all(results);
  results[1].wait();
  CHECK_FALSE(all.wait(kShort));
  gate.open();
  CHECK(oops_of([&] { all.get(); }) == 1);
  bool ran = false;
  const auto after = all.then([&ran](const std::vector<int>&) { ran = true; });
  CHECK_THROWS_AS(after.get(), Oops);
  CHECK_FALSE(ran);
}

TEST_CASE("when_any tells which is ready first", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  const auto slow = pool.apply_async([&gate] { return gate.wait(), 1; });
  const auto quick = pool.apply_async(fail, 2);
  const auto text = slow.then([](int n) { return std::to_string(n); });
  CHECK(tp::when_any(slow, quick, text).get() == 1);
  CHECK(tp::when_any(slow, quick.then(same)).then([](std::size_t i) { return i; }).get() == 1);
  std::vector<tp::Future<std::string>> futures;
  futures.push_back(slow.then([](int n) { return std::to_string(n); }));
  const auto any = tp::when_any(futures);
  CHECK_FALSE(any.wait(kShort));
  gate.open();
  CHECK(any.get() == 0);
  CHECK(futures[any.get()].get() == "1");
  futures.clear();
  CHECK(status_of([&] { tp::when_any(futures); }) == TP_EINVAL);
}

TEST_CASE("a worker that waits for a group runs its members", "[cpp]") {
  TestPool pool;
  const auto all = [&pool](int n) {
    auto a = pool.apply_async(same, n).then(next);
    auto b = tp::when_all(pool.apply_async(same, n), a);
    return std::get<1>(b.get()) + std::get<0>(std::move(b).get());
  };
  CHECK(pool.map(all, numbers(3)) == std::vector<int>{1, 3, 5});
  const auto any = [&pool](int n) {
    const auto a = tp::when_all(pool.apply_async(same, n)).then([](std::tuple<int> t) {
      return std::get<0>(t);
    });
    return tp::when_any(a, a).get() < 2 ? a.get() : -1;
  };
  CHECK(pool.map(any, numbers(50)) == numbers(50));
}

TEST_CASE("cancel of a group ends all that only the group holds", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  AllBusy busy(pool);
  const auto held = pool.apply_async(same, 1);
  const auto all =
      tp::when_all(held, pool.apply_async([life = Life()](int n) { return n; }, 2).then(next));
  all.cancel();
  CHECK_THROWS_AS(all.get(), tp::Canceled);
  CHECK(alive == 0);
  busy.open();
  CHECK(held.get() == 1);
}

TEST_CASE("random graphs of continuations yield what their nodes make", "[cpp]") {
  NoneLeft check;
  std::minstd_rand random(7);
  const auto pick = [&random](std::size_t n) { return random() % n; };
  for (int round = 0; round < 40; ++round) {
    TestPool pool(1 + pick(4));
    std::vector<tp::Future<int>> nodes;
    std::vector<int> expected;
    for (std::size_t i = 0; i < 60; ++i) {
      const std::size_t kind = i < 3 ? 0 : pick(4);
      const std::size_t a = i < 3 ? 0 : pick(i);
      const std::size_t b = i < 3 ? 0 : pick(i);
      if (kind == 0) {
        nodes.emplace_back(pool.apply_async(same, int(i)));
        expected.push_back(int(i));
      } else if (kind == 1) {
        nodes.push_back(nodes[a].then([life = Life()](int n) { return n + 1; }));
        expected.push_back(expected[a] + 1);
      } else if (kind == 2) {
        nodes.push_back(tp::when_all(nodes[a], nodes[b]).then([](std::tuple<int, int> t) {
          return std::max(std::get<0>(t), std::get<1>(t));
        }));
        expected.push_back(std::max(expected[a], expected[b]));
      } else {
        nodes.push_back(tp::when_any(nodes[a], nodes[b]).then([](std::size_t index) {
          return index < 2 ? 7 : -1;
        }));
        expected.push_back(7);
      }
    }
    const std::size_t last = pick(nodes.size());
    CHECK(pool.apply([&] { return nodes[last].get(); }) == expected[last]);
    CHECK(tp::when_all(nodes).get(kLong) == expected);
  }
}
