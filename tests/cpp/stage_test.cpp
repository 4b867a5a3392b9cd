// SPDX-License-Identifier: MIT
// A stream whose range is a stream: both run at once, and failures pass from stage to stage.
#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

const auto fail_odd = [](int n) { return n % 2 ? fail(n) : n; };

// What the stream yields, with -1 - n for each Oops(n).
template <class Stream>
std::vector<int> all_of(Stream& stream) {
  std::vector<int> all;
  for (;;) {
    try {
      const std::optional<int> value = stream.next(kLong);
      if (!value) return all;
      all.push_back(*value);
    } catch (const Oops& oops) {
      all.push_back(-1 - oops.number);
    }
  }
}

}  // namespace

TEST_CASE("A second stage runs on the values of the first one", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  auto stream = pool.imap(next, pool.imap(next, numbers(500)));
  std::vector<int> expected = numbers(502);
  expected.erase(expected.begin(), expected.begin() + 2);
  CHECK(all_of(stream) == expected);
}

TEST_CASE("Three stages, the last one of another pool and without order", "[cpp]") {
  TestPool pool;
  tp::ThreadPool other(2);
  auto stream =
      other.imap_unordered(next, pool.imap(next, pool.imap_unordered(next, numbers(300))));
  std::vector<int> all = all_of(stream);
  std::sort(all.begin(), all.end());
  std::vector<int> expected = numbers(303);
  expected.erase(expected.begin(), expected.begin() + 3);
  CHECK(all == expected);
}

TEST_CASE("A failed item of the first stage is one failed item of the second", "[cpp]") {
  TestPool pool;
  auto stream = pool.imap(next, pool.imap(fail_odd, numbers(6)));
  CHECK(all_of(stream) == std::vector<int>{1, -2, 3, -4, 5, -6});
}

TEST_CASE("An item of the first stage that is lost is one lost item of the second", "[cpp]") {
  TestPool pool(2);
  TestPool other(2);  // where no thread that pulls for the second stage runs an item
  const auto lost = [](int n) {
    if (n == 1) pthread_exit(nullptr);
    return n;
  };
  auto stream = pool.imap(same, other.imap(lost, numbers(3)));
  CHECK(stream.next(kLong) == 0);
  CHECK(status_of([&] { stream.next(kLong); }) == TP_ELOST);
  CHECK(stream.next(kLong) == 2);
  CHECK(stream.next(kLong) == std::nullopt);
}

TEST_CASE("A stage may be borrowed, and read on behind the second one's end", "[cpp]") {
  TestPool pool;
  auto first = pool.imap(same, numbers(100));
  {
    auto second = pool.imap(next, first, {.buffersize = 1});
    CHECK(second.next(kLong) == 1);
  }
  const std::vector<int> rest = all_of(first);
  CHECK(rest.size() >= 90);
  CHECK(rest.back() == 99);
}

TEST_CASE("The windows of both stages bound what is pulled", "[cpp]") {
  TestPool pool;
  std::atomic<int> started{0};
  const auto count = [&started](int n) { return ++started, n; };
  auto stream = pool.imap(same, pool.imap(count, Endless(), {.buffersize = 4}), {.buffersize = 4});
  for (int i = 0; i < 100; ++i) {
    CHECK(stream.next(kLong).has_value());
    CHECK(started <= i + 1 + 8 + 1);
  }
}

TEST_CASE("The end of a second stage ends an endless first one", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  for (const int n : pool.imap(next, pool.imap(same, Endless())))
    if (n > 50) break;
  CHECK(pool.wait_idle(kLong));
  pool.finish();
}

TEST_CASE("A first stage that is cut short is the source's failure", "[cpp]") {
  TestPool pool;
  auto first = pool.imap(same, Endless());
  auto second = pool.imap(next, first);
  CHECK(second.next(kLong).has_value());
  first.cancel();
  CHECK_THROWS_AS(
      [&] {
        while (second.next(kLong)) {
        }
      }(),
      tp::Canceled);
  CHECK(second.next(kLong) == std::nullopt);
}

TEST_CASE("Items of a second stage that don't move without an exception are kept elsewhere",
          "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto text = [](int n) { return std::vector<std::string>(1, std::to_string(n)); };
  const auto length = [](const std::vector<std::string>& lines) { return lines[0].size(); };
  std::size_t sum = 0;
  for (const std::size_t n : pool.imap(length, pool.imap(text, numbers(20)))) sum += n;
  CHECK(sum == 30);
}
