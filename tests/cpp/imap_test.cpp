// SPDX-License-Identifier: MIT
// imap and imap_unordered: lazy sources in, values one by one out.
#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

const auto square = [](int x) { return x * x; };

template <class Stream>
auto read_all(Stream&& stream) {
  std::vector<typename std::decay_t<Stream>::value_type> values;
  for (auto&& value : stream) values.push_back(std::forward<decltype(value)>(value));
  return values;
}

tp::options<> window(std::size_t buffersize, std::size_t chunksize = 0) {
  tp::options<> how;
  how.buffersize = buffersize;
  how.chunksize = chunksize;
  return how;
}

}  // namespace

TEST_CASE("imap yields the values in the order of the range", "[cpp]") {
  TestPool pool;
  const std::vector<int> in = numbers(1000);
  const std::vector<int> expected = pool.map(square, in);
  CHECK(read_all(pool.imap(square, in)) == expected);
  CHECK(read_all(pool.imap(square, numbers(1000), window(7, 3))) == expected);
  CHECK(read_all(pool.imap(square, std::vector<int>())).empty());
}

TEST_CASE("imap_unordered yields every value once", "[cpp]") {
  TestPool pool;
  std::vector<int> values = read_all(pool.imap_unordered(square, numbers(1000)));
  std::sort(values.begin(), values.end());
  CHECK(values == pool.map(square, numbers(1000)));
}

TEST_CASE("imap_unordered yields what is done first", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  const auto wait_at_0 = [&gate](int x) { return x == 0 ? (gate.wait(), x) : x; };
  const auto stream = pool.imap_unordered(wait_at_0, numbers(3), window(0, 1));
  CHECK(stream.next() == 1);
  CHECK(stream.next() == 2);
  CHECK_THROWS_AS(stream.next(kShort), tp::TimeoutError);
  gate.open();
  CHECK(stream.next() == 0);
  CHECK_FALSE(stream.next());
}

TEST_CASE("imap takes any range", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  std::istringstream in("0 1 2 3");
  const std::vector<int> squares{0, 1, 4, 9};
  const int array[] = {0, 1, 2, 3};
  std::list<int> list{0, 1, 2, 3};
  std::vector<bool> bits{true, false};
  CHECK(read_all(pool.imap(square, Words<int>(in))) == squares);
  CHECK(read_all(pool.imap(square, UpTo{4})) == squares);
  CHECK(read_all(pool.imap(square, array)) == squares);
  CHECK(read_all(pool.imap(square, list)) == squares);
  CHECK(read_all(pool.imap([](auto& x) { return x = -1; }, list)).size() == 4);
  CHECK(list.back() == -1);
  CHECK(read_all(pool.imap(square, std::list<int>{2, 3})) == std::vector<int>{4, 9});
  CHECK(read_all(pool.imap([](bool b) { return !b; }, bits)) == std::vector<bool>{false, true});
  CHECK(read_all(pool.imap([](MoveOnly o) { return o.value(); }, Generator(3))) ==
        std::vector<int>{3, 2, 1});
  Generator generator(2);
  CHECK(read_all(pool.imap(&MoveOnly::value, generator)) == std::vector<int>{2, 1});
}

TEST_CASE("a single-pass source may overwrite its element", "[cpp]") {
  TestPool pool;
  std::ostringstream out;
  for (int i = 0; i < 100; ++i) out << "word" << i << ' ';
  std::istringstream in(out.str());
  const auto words =
      read_all(pool.imap([](std::string& s) { return std::move(s); }, Words<std::string>(in)));
  REQUIRE(words.size() == 100);
  CHECK(words[99] == "word99");
}

TEST_CASE("imap pulls no more than the window has room for", "[cpp]") {
  std::atomic<int> pulled{0};
  TestPool pool;
  auto stream = pool.imap(square, Endless{&pulled}, window(5));
  for (int i = 0; i < 20; ++i) {
    CHECK(stream.next() == i * i);
    CHECK(pulled <= i + 1 + 5);
  }
  stream.cancel();
  while (stream.wait(), true) {
    try {
      if (!stream.next()) break;
    } catch (const tp::Canceled&) {
    }
  }
  pool.finish();
}

TEST_CASE("next is asked again after a timeout and after the end", "[cpp]") {
  support::Gate gate;
  TestPool pool;
  const auto stream = pool.imap([&gate](int x) { return gate.wait(), x; }, numbers(1));
  CHECK_THROWS_AS(stream.next(kShort), tp::TimeoutError);
  CHECK_THROWS_AS(stream.next(std::chrono::seconds::zero()), tp::TimeoutError);
  gate.open();
  CHECK(stream.next(kLong) == 0);
  CHECK_FALSE(stream.next());
  CHECK_FALSE(stream.next(kShort));
  stream.wait();
  CHECK(stream.successful());
}

TEST_CASE("a task's exception is one item of the stream", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto odd_fails = [](int x) { return x % 2 == 0 ? x : throw Oops(x); };
  const auto stream = pool.imap(odd_fails, numbers(5), window(0, 2));
  for (int i = 0; i < 5; ++i) {
    int value = -1;
    try {
      value = stream.next().value();
      CHECK(i % 2 == 0);
    } catch (const Oops& oops) {
      value = oops.number;
      CHECK(i % 2 == 1);
    }
    CHECK(value == i);
  }
  CHECK_FALSE(stream.next());
}

TEST_CASE("a loop that an exception has left may be taken up again", "[cpp]") {
  TestPool pool;
  const auto two_fails = [](int x) { return x == 2 ? throw Oops(x) : x; };
  const auto stream = pool.imap(two_fails, numbers(5));
  std::vector<int> seen;
  const auto loop = [&] {
    for (int value : stream) seen.push_back(value);
  };
  CHECK_THROWS_AS(loop(), Oops);
  loop();
  CHECK(seen == std::vector<int>{0, 1, 3, 4});
}

TEST_CASE("what the range throws comes after the values before it", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto stream = pool.imap(square, FailsAt{3});
  for (int i = 0; i < 3; ++i) CHECK(stream.next() == i * i);
  CHECK(oops_of([&] { stream.next(); }) == 3);
  CHECK_FALSE(stream.next());
  CHECK_FALSE(stream.next());
}

TEMPLATE_TEST_CASE("imap moves any value and any element", "[cpp]", Copyable, MoveOnly, MoveThrows,
                   AlignedCopyable, AlignedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  const auto make = [](int n) { return TestType(n); };
  const auto make_of = [](TestType object) { return object; };
  std::vector<TestType> values = read_all(pool.imap(make, numbers(50)));
  REQUIRE(values.size() == 50);
  CHECK(values[49].value() == 49);
  values = read_all(pool.imap(make_of, std::move(values)));
  REQUIRE(values.size() == 50);
  CHECK(values[49].value() == 49);
  struct Make {  // elements that are made as they are pulled
    int n;
    struct Iterator : UpTo::Iterator {
      TestType operator*() const { return TestType(at); }
    };
    Iterator begin() const { return {{0}}; }
    Iterator end() const { return {{n}}; }
  };
  CHECK(read_all(pool.imap(&TestType::value, Make{50})) == numbers(50));
  CHECK(read_all(pool.imap_unordered(make_of, Make{50})).size() == 50);
}

TEST_CASE("an imap of void counts", "[cpp]") {
  std::atomic<int> runs{0};
  TestPool pool;
  const auto count = [&runs](int) { ++runs; };
  int steps = 0;
  for (auto&& nothing : pool.imap(count, numbers(10))) {
    static_cast<void>(nothing);
    ++steps;
  }
  const auto stream = pool.imap_unordered(count, numbers(10));
  while (stream.next()) ++steps;
  CHECK(steps == 20);
  CHECK(runs == 20);
}

TEST_CASE("a stream that nobody reads runs to its end", "[cpp]") {
  std::atomic<int> runs{0};
  TestPool pool;
  pool.imap_unordered([&runs](int) { ++runs; }, numbers(500), window(2)).detach();
  const auto kept = pool.imap([&runs](int x) { return ++runs, x; }, numbers(500), window(2));
  pool.finish();
  CHECK(runs == 1000);
  CHECK(read_all(kept).size() == 500);
}

TEST_CASE("several readers share a stream", "[cpp]") {
  TestPool pool;
  const auto stream = pool.imap(square, numbers(1000));
  std::mutex mutex;
  std::vector<int> seen;
  support::in_threads(4, [&] {
    for (int value : stream) {
      const std::lock_guard<std::mutex> lock(mutex);
      seen.push_back(value);
    }
  });
  std::sort(seen.begin(), seen.end());
  CHECK(seen == pool.map(square, numbers(1000)));
}

TEST_CASE("a stream has input iterators", "[cpp]") {
  TestPool pool(2);
  const auto stream = pool.imap(square, numbers(4));
  CHECK(std::vector<int>(stream.begin(), stream.end()) == std::vector<int>{0, 1, 4, 9});
  using Iterator = decltype(stream.begin());
  static_assert(std::is_same_v<std::iterator_traits<Iterator>::reference, int&>);
  using Unique = tp::ImapIterator<std::unique_ptr<int>>::iterator;
  static_assert(std::is_same_v<Unique::reference, std::unique_ptr<int>&&>);
#if __cplusplus >= 202002L
  static_assert(std::input_iterator<Iterator>);
  static_assert(std::input_iterator<Unique>);
#endif
}

// clang 14 can't compile the views of libstdc++ 12.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>

TEMPLATE_TEST_CASE("a stream takes the views of C++20", "[cpp]", Copyable, MoveOnly) {
  NoneLeft check;
  TestPool pool(2);
  const auto make = [](int n) { return TestType(n); };
  const auto stream = pool.imap(make, std::views::iota(0, 5));
  std::vector<int> seen;
  for (auto&& value : stream | std::views::take(2)) seen.push_back(value.value());
  CHECK(seen == numbers(2));
  const auto number = [](const TestType& value) { return value.value(); };
  for (int n : pool.imap(make, numbers(2)) | std::views::transform(number)) seen.push_back(n);
  CHECK(seen == std::vector<int>{0, 1, 0, 1});
}
#endif

TEMPLATE_TEST_CASE("a stream of values that can't be assigned is read by a range-for", "[cpp]",
                   Fixed, FixedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  const auto make = [](int n) { return TestType(n); };
  int sum = 0;
  for (auto&& value : pool.imap(make, numbers(100))) sum += value.value();
  for (auto&& value : pool.imap_unordered(make, numbers(100))) sum += value.value();
  const auto stream = pool.imap(make, numbers(100));
  while (auto value = stream.next()) sum += value->value();
  CHECK(sum == 3 * 4950);
}

TEMPLATE_TEST_CASE("a stream of elements that can't be assigned", "[cpp]", Fixed, FixedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  std::vector<TestType> elements;
  for (int i = 0; i < 100; ++i) elements.emplace_back(i);
  const auto value = [](const TestType& element) { return element.value(); };
  int sum = 0;
  for (int n : pool.imap(value, elements)) sum += n;
  for (int n : pool.imap(value, std::move(elements))) sum += n;
  CHECK(sum == 2 * 4950);
}
