// SPDX-License-Identifier: MIT
// Loops and reductions: for_each, for_index, for_range, reduce, transform_reduce, map_into, PerWorker.
#include <tpool/per_worker.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

tp::options<> chunks_of(std::size_t size) {
  tp::options<> how;
  how.chunksize = size;
  return how;
}

// Strings are appended in order, so the result tells the order, and whether each counts once.
const auto append = [](std::string all, const std::string& next) { return std::move(all) + next; };
const auto text_of = [](int n) { return std::to_string(n) + ' '; };

std::string texts_of(int n, std::string all = {}) {
  for (int i = 0; i < n; ++i) all += text_of(i);
  return all;
}

// A sum that can only be moved.
MoveOnly add(MoveOnly a, const MoveOnly& b) { return MoveOnly(a.value() + b.value()); }

constexpr int kSumOf1000 = 499500;

}  // namespace

TEST_CASE("for_each runs f for each element of any range, and drops what f returns", "[cpp]") {
  TestPool pool;
  std::vector<int> all = numbers(1000);
  pool.for_each(all, [](int& n) { return ++n; });
  CHECK(all[999] == 1000);
  std::atomic<int> sum{0};
  const auto count = [&sum](int n) { sum += n; };
  pool.for_each(numbers(1000), count);
  pool.for_each(std::list<int>{1, 2}, count, chunks_of(1));
  pool.for_each(UpTo{3}, count);
  std::istringstream in("4 5");
  pool.for_each(Words<int>(in), count);
  pool.for_each(std::vector<int>(), count);
  CHECK(sum == kSumOf1000 + 3 + 3 + 9);
  std::atomic<int> owned{0};
  pool.for_each(Generator(5), [&owned](MoveOnly object) { owned += object.value(); });
  CHECK(owned == 15);
}

TEST_CASE("for_index runs f for each index", "[cpp]") {
  TestPool pool;
  std::vector<std::size_t> seen(1000);
  const auto note = [&seen](std::size_t i) { seen[i] += i + 1; };
  pool.for_index(seen.size(), note);
  pool.for_index(500, note, chunks_of(7));
  pool.for_index(0, note);
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(seen[i] == (i < 500 ? 2 * (i + 1) : i + 1));
  CHECK(status_of([&] { pool.for_index(SIZE_MAX, note); }) == TP_EOVERFLOW);
}

TEST_CASE("for_range runs f once for each chunk", "[cpp]") {
  TestPool pool;
  std::vector<int> begins(100, 0);
  pool.for_range(
      95,
      [&begins](std::size_t begin, std::size_t end) {
        begins[begin] = static_cast<int>(end - begin);
      },
      chunks_of(10));
  for (std::size_t i = 0; i < 100; ++i)
    REQUIRE(begins[i] == (i % 10 != 0 || i > 90 ? 0 : i == 90 ? 5 : 10));
  std::atomic<std::size_t> count{0};
  pool.for_range(10000, [&count](std::size_t begin, std::size_t end) { count += end - begin; });
  CHECK(count == 10000);
}

TEST_CASE("loops throw what f threw for the first element that failed", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  std::atomic<int> runs{0};
  const auto fails = [&runs](auto n) {
    ++runs;
    if (n == 30 || n == 70) throw Oops(static_cast<int>(n));
  };
  CHECK(oops_of([&] { pool.for_each(numbers(100), fails); }) == 30);
  CHECK(oops_of([&] { pool.for_index(100, fails); }) == 30);
  CHECK(runs == 200);
  CHECK(oops_of([&] {
          pool.for_range(
              100, [&](std::size_t begin, std::size_t) { fails(begin); }, chunks_of(10));
        }) == 30);
  const auto value = [&](int n) {
    fails(n);
    return n;
  };
  const tp::options<> how = chunks_of(GENERATE(0u, 3u));
  CHECK(oops_of([&] { pool.transform_reduce(numbers(100), 0, std::plus<>(), value, how); }) == 30);
  const auto never = [](int, int) -> int { throw Oops(7); };
  CHECK(oops_of([&] { pool.reduce(numbers(100), 0, never, how); }) == 7);
  CHECK(status_of([&] { pool.for_index(9, [](std::size_t) { pthread_exit(nullptr); }); }) ==
        TP_ELOST);
}

TEST_CASE("loops are refused by a closed pool, for nothing, too", "[cpp]") {
  TestPool pool(1);
  pool.close();
  CHECK_THROWS_AS(pool.for_each(numbers(0), fail), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.for_index(0, fail), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.for_range(0, [](std::size_t, std::size_t) {}), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.reduce(numbers(0), 0, std::plus<>()), tp::PoolNotRunning);
}

TEST_CASE("reduce counts init once, on the left, and keeps the order", "[cpp]") {
  TestPool pool;
  const tp::options<> how = chunks_of(GENERATE(0u, 1u, 7u, 1000u));
  CHECK(pool.reduce(numbers(1000), 5, std::plus<>(), how) == kSumOf1000 + 5);
  CHECK(pool.reduce(numbers(0), 5, std::plus<>(), how) == 5);
  CHECK(pool.reduce(UpTo{1000}, 0L, std::plus<>(), how) == kSumOf1000);
  CHECK(pool.transform_reduce(numbers(1000), std::string("> "), append, text_of, how) ==
        texts_of(1000, "> "));
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back(text_of(i));
  CHECK(pool.reduce(texts, std::string(), append, how) == texts_of(300));
  CHECK(texts[299] == "299 ");
  CHECK(pool.reduce(std::list<std::string>(texts.begin(), texts.end()), std::string(), append,
                    how) == texts_of(300));
}

TEST_CASE("reduce takes a T that has no default constructor, moves only, or is aligned", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const tp::options<> how = chunks_of(GENERATE(0u, 3u));
  const auto make = [](int n) { return MoveOnly(n); };
  CHECK(pool.transform_reduce(numbers(1000), MoveOnly(5), add, make, how).value() ==
        kSumOf1000 + 5);
  CHECK(pool.reduce(pool.map(make, numbers(1000)), MoveOnly(0), add, how).value() == kSumOf1000);
  CHECK(pool.reduce(Generator(100), MoveOnly(0), add, how).value() == 5050);
  const auto aligned = [](int n) { return AlignedCopyable(n); };
  const auto sum = [](const AlignedCopyable& a, const AlignedCopyable& b) {
    return AlignedCopyable(a.value() + b.value());
  };
  CHECK(pool.transform_reduce(numbers(1000), AlignedCopyable(0), sum, aligned, how).value() ==
        kSumOf1000);
}

TEST_CASE("a failed reduce leaves no object", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const tp::options<> how = chunks_of(GENERATE(0u, 3u));
  const auto fails = [](int n) { return n == 500 ? throw Oops(n) : MoveOnly(n); };
  CHECK(oops_of([&] { pool.transform_reduce(numbers(1000), MoveOnly(5), add, fails, how); }) ==
        500);
  const auto lost = [](int n) {
    if (n == 500) pthread_exit(nullptr);
    return MoveOnly(n);
  };
  CHECK(status_of([&] { pool.transform_reduce(numbers(1000), MoveOnly(5), add, lost, how); }) ==
        TP_ELOST);
}

TEST_CASE("a sum of doubles with a chunksize is the same on any number of workers", "[cpp]") {
  std::vector<double> parts(10007);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = 1 / static_cast<double>(i + 1);
  TestPool one(1);
  const double expected = one.reduce(parts, 0.0, std::plus<>(), chunks_of(64));
  TestPool pool;
  for (int i = 0; i < 10; ++i)
    REQUIRE(pool.reduce(parts, 0.0, std::plus<>(), chunks_of(64)) == expected);
}

TEST_CASE("map_into assigns to a range or an iterator", "[cpp]") {
  TestPool pool;
  std::vector<int> out(1000, -1);
  pool.map_into(out, next, numbers(1000));
  CHECK(out[999] == 1000);
  pool.map_into(out.data(), same, numbers(500), chunks_of(7));
  CHECK(out[499] == 499);
  CHECK(out[500] == 501);
  pool.map_into(out.begin() + 500, same, std::list<int>{7, 8});
  CHECK((out[500] == 7 && out[501] == 8 && out[502] == 503));
  std::deque<long> longs(10);
  pool.map_into(longs, same, UpTo{10});
  CHECK(longs[9] == 9);
  std::string array[3];
  pool.map_into(array, text_of, numbers(3));
  CHECK(array[2] == "2 ");
  pool.map_into(
      out, [](int& n) { return n + 1; }, out);
  CHECK(out[999] == 1001);
  pool.map_into(out, same, numbers(0));
  CHECK(status_of([&] { pool.map_into(longs, same, numbers(11)); }) == TP_EINVAL);
  CHECK(oops_of([&] { pool.map_into(out, fail, numbers(100)); }) == 0);
}

TEST_CASE("map_into makes objects in memory without any, and leaves none on a failure", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  std::allocator<AlignedMoveOnly> allocator;
  AlignedMoveOnly* const objects = allocator.allocate(1000);
  const auto fails = [](int n) { return n == 500 ? throw Oops(n) : n; };
  CHECK(oops_of([&] { pool.map_into(tp::uninitialized(objects), fails, numbers(1000)); }) == 500);
  CHECK(alive == 0);
  pool.map_into(tp::uninitialized(objects), same, numbers(1000));
  CHECK(objects[999].value() == 999);
  std::destroy_n(objects, 1000);
  allocator.deallocate(objects, 1000);
}

TEST_CASE("PerWorker makes one object for each thread that asks", "[cpp]") {
  NoneLeft check;
  tp::pool_options options = with_workers(support::worker_counts());
  options.caller_helps = GENERATE(false, true);
  TestPool pool(std::move(options));
  std::atomic<int> made{0};
  struct Count {
    explicit Count(int n) : number(n) {}
    Count(Count&&) = delete;
    const std::thread::id owner = std::this_thread::get_id();
    int number, calls = 0;
    Life life{};
  };
  tp::PerWorker<Count> local(pool, [&made] { return Count(++made); });
  std::atomic<int> strangers{0};
  const auto count = [&](std::size_t) {
    Count& own = local.get();
    ++own.calls;
    if (own.owner != std::this_thread::get_id()) ++strangers;
  };
  std::thread other([&] { pool.for_index(5000, count); });
  pool.for_index(5000, count);
  other.join();
  CHECK(strangers == 0);
  int calls = 0, objects = 0;
  for (Count& each : local) calls += each.calls, ++objects;
  CHECK(calls == 10000);
  CHECK(objects == made);
  CHECK(made <= static_cast<int>(pool.workers()) + 2);
}

TEST_CASE("PerWorker serves workers that come later, and tells what make throws", "[cpp]") {
  TestPool pool(1);
  tp::PerWorker<int> local(pool, [] { return 1; });
  pool.resize(4);
  support::on_each_worker(pool.capi(), 4, [&] { ++local.get(); });
  int sum = 0;
  for (const int each : local) sum += each;
  CHECK(sum == 8);
  tp::PerWorker<int> broken(pool, []() -> int { throw Oops(3); });
  CHECK(oops_of([&] { pool.for_index(1, [&](std::size_t) { broken.get(); }); }) == 3);
  CHECK(broken.begin() == broken.end());
}

// clang 14 can't compile the views of libstdc++ 12.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>
#include <span>

TEST_CASE("loops take the views of C++20", "[cpp]") {
  TestPool pool;
  std::vector<int> out(1000);
  const auto twice = std::views::iota(0, 1000) | std::views::transform([](int n) { return 2 * n; });
  CHECK(pool.reduce(twice, 0, std::plus<>()) == 2 * kSumOf1000);
  pool.map_into(std::span(out), same, twice);
  CHECK(out[999] == 1998);
  pool.for_each(out | std::views::drop(1), [](int& n) { n = 0; });
  CHECK(out[999] == 0);
}
#endif
