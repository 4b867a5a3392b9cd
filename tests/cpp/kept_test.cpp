// SPDX-License-Identifier: MIT
// A job that may be forgotten owns the range that it is given.
#include <tpool/keep_errors.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

TEST_CASE("a forgotten map has elements of its own", "[cpp]") {
  NoneLeft check;
  std::atomic<int> sum{0};
  TestPool pool;
  std::optional<AllBusy> busy(pool);
  const auto add = [&sum](const Copyable& object) { sum += object.value(); };
  const auto add_pair = [&sum](int a, const Copyable& b) { sum += a + b.value(); };
  {
    const std::vector<Copyable> objects(3, Copyable(1));
    std::list<Copyable> list(3, Copyable(10));
    const Copyable array[] = {Copyable(100), Copyable(100)};
    const std::initializer_list<Copyable> named{Copyable(1000)};
    std::vector<std::tuple<int, Copyable>> rows(2, {10000, Copyable(0)});
    pool.map_async(add, objects);
    pool.map_async(add, list, tp::options<>());
    pool.map_async(add, array);
    pool.map_async(add, named);
    pool.map_async(add, std::initializer_list<Copyable>{Copyable(1000)});
    pool.starmap_async(add_pair, rows);
    pool.map_async(tp::keep_errors, add, objects);
    CHECK(list.front().value() == 10);
  }
  busy.reset();
  pool.finish();
  CHECK(sum == 3 + 30 + 200 + 2000 + 20000 + 3);
}

TEST_CASE("a copy is as good as its range", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  std::vector<int> array = numbers(100);
  const auto raise = [](int& n) { return ++n; };
  CHECK(pool.map_async(raise, array).get()[99] == 100);
  CHECK(array == numbers(100));
  std::vector<bool> bits{true, false};
  CHECK(pool.map_async([](bool bit) { return !bit; }, bits).get() ==
        std::vector<bool>{false, true});
  const auto take = [](Copyable object) { return object; };
  const std::vector<Copyable> objects(3, Copyable(4));
  CHECK(pool.map_async(take, objects).get()[2].value() == 4);
  const auto up_to = UpTo{4};
  CHECK(pool.map_async(same, up_to).get() == numbers(4));
}

TEST_CASE("std::ref has a range borrowed", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  std::vector<MoveOnly> objects;
  for (int i = 0; i < 20; ++i) objects.emplace_back(i);
  const auto address = [](MoveOnly& object) { return &object; };
  CHECK(pool.map_async(address, std::ref(objects)).get()[19] == &objects[19]);
  const auto reference = std::ref(objects);
  CHECK(pool.map_async(address, reference).get()[0] == objects.data());
  CHECK(pool.map_async(&MoveOnly::value, std::cref(objects)).get() == numbers(20));
  int array[] = {0, 1, 2};
  CHECK(pool.map_async([](int& n) { return &n; }, std::ref(array)).get()[2] == &array[2]);
  std::vector<std::tuple<int>> rows(1);
  CHECK(pool.starmap_async([](int& n) { return &n; }, std::ref(rows)).get()[0] ==
        &std::get<0>(rows[0]));
  auto stream = pool.imap(address, std::ref(objects));
  CHECK(stream.next() == objects.data());
}

TEST_CASE("a view is copied as a view", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  const std::string text = "abc";
  const std::string_view view = text;
  const auto address = [](const char& c) { return &c; };
  CHECK(pool.map_async(address, view).get()[2] == &text[2]);
  std::vector<Copyable> objects(3, Copyable(4));
  const View<Copyable> of{objects};
  const auto take = [](Copyable object) { return object.value(); };
  CHECK(pool.map_async(take, of).get() == std::vector<int>(3, 4));
  CHECK(pool.map_async([](Copyable& object) { return &object; }, of).get()[1] == &objects[1]);
  CHECK(alive == 3);
}

#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>
#include <span>

TEST_CASE("the views of C++20 are copied as views", "[cpp]") {
  TestPool pool(2);
  std::vector<int> array = numbers(4);
  const std::span<int> span = array;
  CHECK(pool.map_async([](int& n) { return &n; }, span).get()[3] == &array[3]);
  auto even = array | std::views::filter([](int n) { return n % 2 == 0; });
  CHECK(pool.map_async(same, even).get() == std::vector<int>{0, 2});
  const auto iota = std::views::iota(0, 4);
  CHECK(pool.map_async(same, iota).get() == numbers(4));
}
#endif
