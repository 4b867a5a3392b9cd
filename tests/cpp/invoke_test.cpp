// SPDX-License-Identifier: MIT
// tp::invoke: values, exceptions, threads, and where it may be called.
#include "test_pool.hpp"

using namespace counted;

namespace {

int fib(int n) {
  if (n < 2) return n;
  const auto [a, b] = tp::invoke([n] { return fib(n - 1); }, [n] { return fib(n - 2); });
  return a + b;
}

int serial_fib(int n) { return n < 2 ? n : serial_fib(n - 1) + serial_fib(n - 2); }

[[maybe_unused]] int& reference() {
  static int number = 3;
  return number;
}

static_assert(std::is_same_v<decltype(tp::invoke(reference)), std::tuple<int>>);
[[maybe_unused]] void nothing() {}

static_assert(std::is_same_v<decltype(tp::invoke(nothing, reference, nothing)), std::tuple<int>>);
static_assert(std::is_same_v<decltype(tp::invoke(nothing)), std::tuple<>>);

}  // namespace

TEST_CASE("invoke returns the values of its callables in their order", "[cpp]") {
  TestPool pool;
  CHECK(pool.apply(fib, 18) == serial_fib(18));
  const auto values = pool.apply([] {
    int effect = 0;
    auto all = tp::invoke([] { return std::make_unique<int>(1); }, [&effect] { effect = 2; },
                          [] { return std::string("3"); });
    return std::tuple_cat(std::move(all), std::tuple<int>(effect));
  });
  CHECK(*std::get<0>(values) == 1);
  CHECK(std::get<1>(values) == "3");
  CHECK(std::get<2>(values) == 2);
}

TEST_CASE("invoke takes callables that can be called once or only be referred to", "[cpp]") {
  TestPool pool(2);
  struct Once {
    int operator()() && { return 4; }
    Once() = default;
    Once(Once&&) = delete;
  };
  struct Counter {
    int calls = 0;
    int operator()() & { return ++calls; }
    Counter() = default;
    Counter(Counter&&) = delete;
  } first, second;
  CHECK(pool.apply([&] { return tp::invoke(Once{}, first, second); }) ==
        std::tuple<int, int, int>(4, 1, 1));
}

TEST_CASE("invoke outside of a pool calls all on the thread itself", "[cpp]") {
  std::vector<int> order;
  const auto note = [&order](int n) { return [&order, n] { order.push_back(n); }; };
  tp::invoke(note(1));
  tp::invoke(note(2), note(3), note(4));
  std::sort(order.begin(), order.end());
  CHECK(order == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("invoke throws the first exception after all have ended", "[cpp]") {
  TestPool pool;
  std::atomic<int> ended{0};
  const auto ends = [&ended] { ++ended; };
  const auto fails = [&ended](int n) {
    return [&ended, n] {
      ++ended;
      throw Oops(n);
    };
  };
  CHECK(oops_of([&] { pool.apply([&] { tp::invoke(ends, fails(2), ends, fails(4)); }); }) == 2);
  CHECK(ended == 4);
  CHECK(oops_of([&] { tp::invoke(fails(5), fails(6)); }) == 5);
  CHECK(ended == 6);
  CHECK(tp_last_error() == nullptr);
}

TEST_CASE("invoke hands its second callable to another worker", "[cpp]") {
  TestPool pool(2);
  support::Gate gate;
  const auto [first, second] = pool.apply([&gate] {
    return tp::invoke([&gate] { return gate.wait(), tp_worker_index(); },
                      [&gate] { return gate.open(), tp_worker_index(); });
  });
  CHECK(first != second);
}

TEST_CASE("invoke in an item that is lost ends with all of it", "[cpp]") {
  TestPool pool;
  std::atomic<int> runs{0};
  const auto exits = [&runs] {
    ++runs;
    pthread_exit(nullptr);
  };
  const auto runs_on = [&runs] { ++runs; };
  CHECK(status_of([&] { pool.apply([&] { tp::invoke(exits, runs_on); }); }) == TP_ELOST);
  CHECK(runs == 2);
  CHECK(status_of([&] { pool.apply([&] { tp::invoke(runs_on, runs_on, exits); }); }) == TP_ELOST);
  CHECK(pool.apply(fib, 10) == 55);
}

TEST_CASE("invoke refuses a recursion that uses up the stack", "[cpp]") {
  TestPool pool;
  // Few large frames: ThreadSanitizer has room for 65,536 calls on top of each other.
  struct Endless {
    void operator()() const {
      const volatile char frame[1024] = {};
      tp::invoke([] {}, *this);
      static_cast<void>(frame[0]);
    }
  };
  CHECK(status_of([&] { pool.apply(Endless{}); }) == TP_EDEADLK);
}
