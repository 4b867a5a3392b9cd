// SPDX-License-Identifier: MIT
// map and map_async: ranges of all kinds in, a vector in their order out.
#include <tpool/keep_errors.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

const auto square = [](int x) { return x * x; };
const auto negate_bool = [](bool b) { return !b; };
const std::vector<int> kSquares{0, 1, 4, 9};

TEST_CASE("map returns the values in the order of the range", "[cpp]") {
  TestPool pool;
  for (int n : {0, 1, 7, 1000}) {
    const std::vector<int> values = pool.map(square, numbers(n));
    REQUIRE(values.size() == static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) REQUIRE(values[static_cast<std::size_t>(i)] == i * i);
  }
}

TEST_CASE("map takes any range", "[cpp]") {
  TestPool pool(2);
  const int array[] = {0, 1, 2, 3};
  const std::initializer_list<int> list{0, 1, 2, 3};
  std::istringstream in("0 1 2 3");
  CHECK(pool.map(square, array) == kSquares);
  CHECK(pool.map(square, list) == kSquares);
  CHECK(pool.map(square, std::array<int, 4>{0, 1, 2, 3}) == kSquares);
  CHECK(pool.map(square, std::deque<int>(list)) == kSquares);
  CHECK(pool.map(square, std::list<int>(list)) == kSquares);
  CHECK(pool.map(square, std::set<int>(list)) == kSquares);
  CHECK(pool.map(square, UpTo{4}) == kSquares);
  CHECK(pool.map(square, Words<int>(in)) == kSquares);
  CHECK(pool.map(negate_bool, std::vector<bool>{true, false}) == std::vector<bool>{false, true});
  CHECK(pool.map([](char c) { return c; }, std::string_view("ab")) == std::vector<char>{'a', 'b'});
  CHECK(pool.map(&std::pair<const int, char>::second, std::map<int, char>{{1, 'x'}}) ==
        std::vector<char>{'x'});
}

TEST_CASE("map_async takes any range", "[cpp]") {
  TestPool pool(2);
  const int array[] = {0, 1, 2, 3};
  const std::initializer_list<int> list{0, 1, 2, 3};
  std::istringstream in("0 1 2 3");
  CHECK(pool.map_async(square, array).get() == kSquares);
  CHECK(pool.map_async(square, list).get() == kSquares);
  CHECK(pool.map_async(square, std::array<int, 4>{0, 1, 2, 3}).get() == kSquares);
  CHECK(pool.map_async(square, std::deque<int>(list)).get() == kSquares);
  CHECK(pool.map_async(square, std::list<int>(list)).get() == kSquares);
  CHECK(pool.map_async(square, UpTo{4}).get() == kSquares);
  CHECK(pool.map_async(square, Words<int>(in)).get() == kSquares);
  CHECK(pool.map_async(negate_bool, std::vector<bool>{true, false}).get() ==
        std::vector<bool>{false, true});
}

TEST_CASE("an lvalue range is used where it lies", "[cpp]") {
  TestPool pool;
  std::vector<int> array = numbers(100);
  std::list<int> list(array.begin(), array.end());
  const auto address = [](int& x) { return ++x, &x; };
  const std::vector<int*> in_array = pool.map(address, array);
  const std::vector<int*> in_list = pool.map_async(address, std::ref(list)).get();
  std::size_t i = 0;
  for (int& x : array) CHECK(in_array[i++] == &x);
  i = 0;
  for (int& x : list) CHECK(in_list[i++] == &x);
  CHECK(array.back() == 100);
  CHECK(list.back() == 100);
}

TEST_CASE("elements of a given-up range may be moved from", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto take = [](MoveOnly object) { return object; };
  const auto make = [] {
    std::vector<MoveOnly> objects;
    for (int i = 0; i < 20; ++i) objects.emplace_back(i);
    return objects;
  };
  CHECK(pool.map(take, make())[19].value() == 19);
  CHECK(pool.map_async(take, make()).get()[19].value() == 19);
  std::vector<MoveOnly> named = make();
  CHECK(pool.map(&MoveOnly::value, named)[19] == 19);
  std::list<MoveOnly> list;
  list.emplace_back(3);
  CHECK(pool.map(take, std::move(list))[0].value() == 3);
  CHECK(pool.map([](MoveOnly& object) { return object.value(); }, make())[4] == 4);
  CHECK(pool.map([](auto& object) { return object.value(); }, make())[4] == 4);
}

TEST_CASE("a view that is given up keeps its elements", "[cpp]") {
  TestPool pool(2);
  std::vector<std::string> texts(20, std::string(100, 'x'));
  const auto take = [](std::string text) { return text.size(); };
  const std::vector<std::size_t> sizes(20, 100);
  CHECK(pool.map(take, View<std::string>{texts}) == sizes);
  CHECK(pool.map_async(take, View<std::string>{texts}).get() == sizes);
  CHECK(texts[19].size() == 100);
}

TEST_CASE("a temporary range lives as long as its job", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  AllBusy busy(pool);
  auto result = pool.map_async(&Copyable::value, std::vector<Copyable>(3, Copyable(4)));
  CHECK(alive == 3);
  busy.open();
  CHECK(result.get() == std::vector<int>{4, 4, 4});
  result.wait();
  CHECK(alive == 0);
}

TEST_CASE("a temporary array is a range", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  using Numbers = int[];
  using Objects = MoveOnly[2];
  CHECK(pool.map(square, Numbers{0, 1, 2, 3}) == kSquares);
  CHECK(pool.map_async(square, Numbers{0, 1, 2, 3}).get() == kSquares);
  const auto take = [](MoveOnly object) { return object.value(); };
  CHECK(pool.map(take, Objects{MoveOnly(0), MoveOnly(1)}) == numbers(2));
}

TEST_CASE("one callable serves all elements", "[cpp]") {
  TestPool pool;
  struct Counter {
    std::atomic<int> calls{0};
    void operator()(int) { ++calls; }
  } counter;
  pool.map(counter, numbers(1000));
  CHECK(counter.calls == 1000);
}

TEST_CASE("values that are bool don't share bytes while tasks write them", "[cpp]") {
  TestPool pool;
  const auto odd = [](int x) { return x % 2 != 0; };
  const std::vector<bool> values = pool.map(odd, numbers(10000));
  const std::vector<bool> later = pool.map_async(odd, numbers(10000)).get();
  REQUIRE(values.size() == 10000);
  for (std::size_t i = 0; i < 10000; ++i) REQUIRE(values[i] == (i % 2 != 0));
  CHECK(later == values);
}

TEMPLATE_TEST_CASE("map and map_async return vectors of any value", "[cpp]", Copyable, MoveOnly,
                   MoveThrows, AlignedCopyable, AlignedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  const auto make = [](int n) { return TestType(n); };
  const auto right = [](const std::vector<TestType>& values) {
    int n = 0;
    for (const TestType& value : values) {
      if (value.value() != n++) return false;
    }
    return n == 100;
  };
  CHECK(right(pool.map(make, numbers(100))));
  CHECK(right(pool.map_async(make, numbers(100)).get()));
  auto result = pool.map_async(make, numbers(100));
  std::vector<TestType> values = result.get();
  CHECK(right(values));
  CHECK(pool.map(&TestType::value, values) == numbers(100));
  CHECK(pool.map_async(&TestType::value, std::move(values)).get() == numbers(100));
}

TEST_CASE("a map of nothing for nothing", "[cpp]") {
  TestPool pool(2);
  std::atomic<int> runs{0};
  const auto count = [&runs](int) { ++runs; };
  static_assert(std::is_void_v<decltype(pool.map(count, numbers(1)))>);
  pool.map(count, numbers(10));
  pool.map_async(count, numbers(10)).get();
  CHECK(runs == 20);
  CHECK(pool.map_async(square, std::vector<int>()).get().empty());
  CHECK(pool.map(square, std::list<int>()).empty());
  CHECK(pool.map([](int x) { return std::to_string(x); }, std::vector<int>()).empty());
}

TEST_CASE("each get of a map makes a vector", "[cpp]") {
  TestPool pool(2);
  auto result = pool.map_async([](int x) { return std::to_string(x); }, numbers(3));
  std::vector<std::string> first = result.get();
  first[0] = "changed";
  CHECK(result.get(kLong) == std::vector<std::string>{"0", "1", "2"});
  CHECK(std::move(result).get() == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("maps nest on one worker", "[cpp]") {
  TestPool pool(1);
  const auto row = [&pool](int n) { return pool.map(square, numbers(n)).size(); };
  CHECK(pool.map(row, numbers(5)) == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("a random-access range is used in place, in whatever steps", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto value_of = [](const MoveOnly& object) { return object.value(); };
  const auto take = [](MoveOnly object) { return object.value(); };
  std::deque<MoveOnly> objects;
  for (int i = 0; i < 5000; ++i) objects.emplace_back(i);
  CHECK(pool.map(value_of, objects) == numbers(5000));
  CHECK(pool.map_async(value_of, std::ref(objects)).get() == numbers(5000));
  pool.map([](MoveOnly& object) { ++*object.number; }, objects);
  CHECK(objects[4999].value() == 5000);
  CHECK(pool.map_async(take, std::move(objects)).get()[4999] == 5000);
  std::vector<bool> bits(3000, true);
  bits[2999] = false;
  const std::vector<bool> negated = pool.map(negate_bool, bits);
  CHECK((negated[2999] && !negated[2998]));
  CHECK(pool.map_async(negate_bool, std::move(bits)).get() == negated);
}

TEST_CASE("an element that fails in a batch fails for itself", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  tp::options<> how;
  how.chunksize = GENERATE(0u, 1u, 50u);
  const auto made = pool.map_async(
      tp::keep_errors,
      [](int x) {
        if (x % 100 == 7) pthread_exit(nullptr);
        return x % 3 == 0 ? throw Oops(x) : Copyable(x);
      },
      numbers(1000), how);
  const auto outcomes = made.get();
  for (int i = 0; i < 1000; ++i) {
    const auto& outcome = outcomes[static_cast<std::size_t>(i)];
    if (i % 100 == 7) {
      CHECK(status_of([&] { static_cast<void>(outcome.value()); }) == TP_ELOST);
    } else if (i % 3 == 0) {
      CHECK_THROWS_AS(outcome.value(), Oops);
    } else {
      CHECK(outcome.value().value() == i);
    }
  }
}

TEST_CASE("what the range throws leaves map and map_async", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  CHECK_THROWS_AS(pool.map(square, FailsAt{3}), Oops);
  CHECK_THROWS_AS(pool.map_async(square, FailsAt{3}), Oops);
  CHECK(pool.stats().submitted == 0);
}

// clang 14 can't compile the views of libstdc++ 12.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>
#include <span>

TEST_CASE("map takes the views of C++20", "[cpp]") {
  TestPool pool(2);
  std::vector<int> four = numbers(4);
  const auto even = [](int x) { return x % 2 == 0; };
  CHECK(pool.map(square, std::span(four)) == kSquares);
  CHECK(pool.map(square, std::views::iota(0, 4)) == kSquares);
  CHECK(pool.map(square, four | std::views::filter(even)) == std::vector<int>{0, 4});
  CHECK(pool.map_async(square, four | std::views::transform(square)).get() ==
        std::vector<int>{0, 1, 16, 81});
  CHECK(pool.map_async(square, std::views::iota(0, 4)).get() == kSquares);
  CHECK(pool.map(square, std::views::iota(std::size_t{0}, std::size_t{4})).size() == 4);
  // a job that keeps a view need not keep what that makes its elements of
  auto source = std::make_unique<std::vector<int>>(four);
  const auto later = [&pool, &source] {
    AllBusy busy(pool);
    auto result = pool.map_async(square, *source | std::views::transform(square));
    source.reset();
    busy.open();
    return result.get();
  };
  CHECK(later() == std::vector<int>{0, 1, 16, 81});
  auto reversed = four | std::views::reverse;
  CHECK(pool.map(square, reversed) == std::vector<int>{9, 4, 1, 0});
}
#endif
