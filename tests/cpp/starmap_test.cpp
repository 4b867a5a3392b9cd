// SPDX-License-Identifier: MIT
// starmap and starmap_async: tuples become arguments.
#include "test_pool.hpp"

using namespace counted;

static int subtract(int a, int b) { return a - b; }

TEST_CASE("starmap unpacks tuples, pairs and arrays", "[cpp]") {
  TestPool pool;
  using Three = std::tuple<int, std::string, char>;
  const auto join = [](int n, const std::string& s, char c) { return std::to_string(n) + s + c; };
  CHECK(pool.starmap(join, std::vector<Three>{{1, "a", 'b'}, {2, "", 'c'}}) ==
        std::vector<std::string>{"1ab", "2c"});
  const std::list<std::pair<int, int>> pairs{{5, 2}, {1, 1}};
  CHECK(pool.starmap(subtract, pairs) == std::vector<int>{3, 0});
  const std::array<int, 2> arrays[] = {{9, 1}, {8, 2}};
  CHECK(pool.starmap(subtract, arrays) == std::vector<int>{8, 6});
  CHECK(pool.starmap([] { return 1; }, std::vector<std::tuple<>>(2)) == std::vector<int>{1, 1});
  CHECK(pool.starmap(subtract, std::vector<std::pair<int, int>>()).empty());
}

TEST_CASE("starmap_async gives the same later", "[cpp]") {
  TestPool pool;
  const std::vector<std::pair<int, int>> pairs{{5, 2}, {1, 1}};
  auto result = pool.starmap_async(subtract, pairs);
  CHECK(result.get() == std::vector<int>{3, 0});
  CHECK(pool.starmap_async(subtract, std::list<std::tuple<int, int>>{{2, 1}}).get() ==
        std::vector<int>{1});
}

TEST_CASE("starmap passes the parts of a row as the row is passed", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  std::vector<std::pair<int, int>> rows{{1, 0}, {2, 0}};
  pool.starmap([](int& from, int& to) { to = from; }, rows);
  CHECK(rows[1] == std::pair<int, int>(2, 2));

  int sum = 0;
  using Row = std::tuple<std::reference_wrapper<int>, int>;
  pool.starmap([](int& total, int n) { total += n; }, std::vector<Row>{{sum, 3}});
  pool.starmap([](int& total, int n) { total += n; }, std::vector<std::tuple<int&, int>>{{sum, 4}});
  CHECK(sum == 7);

  const auto take = [](MoveOnly object, int n) { return object.value() + n; };
  const auto make = [] {
    std::vector<std::pair<MoveOnly, int>> objects;
    objects.emplace_back(MoveOnly(1), 10);
    return objects;
  };
  CHECK(pool.starmap(take, make()) == std::vector<int>{11});
  CHECK(pool.starmap_async(take, make()).get() == std::vector<int>{11});
}

TEST_CASE("starmap takes member pointers", "[cpp]") {
  TestPool pool(2);
  using Row = std::pair<std::string, std::size_t>;
  const auto at = static_cast<char& (std::string::*)(std::size_t)>(&std::string::at);
  std::vector<Row> rows{{"abc", 1}, {"xyz", 2}};
  CHECK(pool.starmap(at, rows) == std::vector<char>{'b', 'z'});
}

TEST_CASE("a starmap of nothing for nothing", "[cpp]") {
  TestPool pool(2);
  std::atomic<int> sum{0};
  const auto add = [&sum](int a, int b) { sum += a + b; };
  const std::vector<std::pair<int, int>> rows{{1, 2}, {3, 4}};
  static_assert(std::is_void_v<decltype(pool.starmap(add, rows))>);
  pool.starmap(add, rows);
  pool.starmap_async(add, rows).get();
  CHECK(sum == 20);
}
