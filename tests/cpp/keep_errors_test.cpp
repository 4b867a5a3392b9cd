// SPDX-License-Identifier: MIT
// Maps that keep the outcome of each item, and jobs that have a deadline.
#include <tpool/keep_errors.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

const auto odd_fails = [](int n) { return n % 2 == 1 ? throw Oops(n) : n; };

template <class T>
int error_of(const tp::Outcome<T>& outcome) {
  return oops_of([&] { outcome.value(); });
}

// Goes down, map within map, until a wait is refused. Of one worker.
struct Level {
  tp::ThreadPool& pool;
  std::deque<Level>& levels;
  int refused = TP_OK;
  bool over = false;
  bool late = false;  // was it run after that?

  void operator()(int) {
    late = over;
    if (late) return;
    Level& deeper = levels.emplace_back(Level{pool, levels});
    refused = status_of([&] { pool.map(tp::keep_errors, deeper, numbers(1)); });
    deeper.over = true;
  }
};

}  // namespace

TEST_CASE("a map keeps the outcome of each item", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const std::vector<tp::Outcome<int>> outcomes = pool.map(tp::keep_errors, odd_fails, numbers(100));
  REQUIRE(outcomes.size() == 100);
  for (int n = 0; n < 100; ++n) {
    const tp::Outcome<int>& outcome = outcomes[static_cast<std::size_t>(n)];
    CHECK(outcome.has_value() == (n % 2 == 0));
    CHECK(static_cast<bool>(outcome) == outcome.has_value());
    CHECK((outcome.error() == nullptr) == outcome.has_value());
    if (outcome) {
      CHECK(outcome.value() == n);
    } else {
      CHECK(error_of(outcome) == n);
    }
  }
}

TEMPLATE_TEST_CASE("kept outcomes hold values of every kind", "[cpp]", Copyable, MoveOnly,
                   MoveThrows, AlignedMoveOnly) {
  NoneLeft check;
  TestPool pool(2);
  const auto make = [](int n) { return TestType(odd_fails(n)); };
  auto outcomes = pool.map(tp::keep_errors, make, numbers(4));
  CHECK(outcomes[2].value().value() == 2);
  CHECK(error_of(outcomes[3]) == 3);
  const TestType moved = std::move(outcomes[2]).value();
  CHECK(moved.value() == 2);
}

TEST_CASE("kept outcomes of void tell of failures alone", "[cpp]") {
  std::atomic<int> runs{0};
  TestPool pool;
  const auto task = [&runs](int n) { runs += odd_fails(n) >= 0; };
  const auto outcomes = pool.map(tp::keep_errors, task, numbers(4));
  CHECK(runs == 2);
  CHECK(outcomes[0].has_value());
  CHECK(error_of(outcomes[1]) == 1);
  const std::vector<int> none;
  CHECK(pool.map(tp::keep_errors, task, none).empty());
}

TEST_CASE("map_async keeps outcomes, too", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  std::size_t seen = 0;
  const auto look = [&seen](const std::vector<tp::Outcome<int>>& all) { seen = all.size(); };
  const auto result =
      pool.map_async(tp::keep_errors, odd_fails, numbers(10), tp::make_options(look));
  CHECK(result.get().size() == 10);
  CHECK(seen == 10);
  CHECK(result.successful());
  CHECK(error_of(result.get()[9]) == 9);
  tp::options<> fast;
  fast.fail_fast = true;
  CHECK(status_of([&] { pool.map(tp::keep_errors, same, numbers(2), fast); }) == TP_EINVAL);
}

TEST_CASE("kept outcomes that can't be copied are seen by the callback and by get", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  int sum = 0;
  const auto look = [&sum](const std::vector<tp::Outcome<MoveOnly>>& all) {
    for (const auto& outcome : all) sum += outcome ? outcome.value().value() : error_of(outcome);
  };
  const auto make = [](int n) { return MoveOnly(odd_fails(n)); };
  const auto result = pool.map_async(tp::keep_errors, make, numbers(5), tp::make_options(look));
  const auto outcomes = result.get();
  CHECK(sum == 10);
  CHECK(outcomes[4].value().value() == 4);
  CHECK(error_of(outcomes[3]) == 3);
}

TEST_CASE("an exception may be the value of an outcome", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  const auto make = [](int n) { return std::make_exception_ptr(Oops(odd_fails(n))); };
  const auto outcomes = pool.map_async(tp::keep_errors, make, numbers(2)).get();
  CHECK_THROWS_AS(std::rethrow_exception(outcomes[0].value()), Oops);
  CHECK(error_of(outcomes[1]) == 1);
  CHECK(pool.map(tp::keep_errors, make, numbers(2))[0].has_value());
}

TEST_CASE("a map that keeps errors is over when its wait is refused", "[cpp]") {
  std::deque<Level> levels;
  TestPool pool(1);
  Level top{pool, levels};
  pool.apply(std::ref(top), 0);
  pool.finish();
  CHECK(std::count_if(levels.begin(), levels.end(),
                      [](const Level& level) { return level.refused == TP_EDEADLK; }) == 1);
  CHECK(std::none_of(levels.begin(), levels.end(), [](const Level& level) { return level.late; }));
}

TEST_CASE("an item that ends its thread is an outcome of a job that isn't waited for", "[cpp]") {
  TestPool pool(1);
  const auto leave = [](int n) {
    if (n == 1) pthread_exit(nullptr);
  };
  const auto outcomes = pool.map_async(tp::keep_errors, leave, numbers(3)).get();
  CHECK(status_of([&] { outcomes[1].value(); }) == TP_ELOST);
  CHECK(outcomes[2].has_value());
  CHECK(status_of([&] { pool.map(tp::keep_errors, leave, numbers(3)); }) == TP_ELOST);
}

TEST_CASE("kept outcomes don't hide what ends the job", "[cpp]") {
  TestPool pool;
  AllBusy busy(pool);
  const auto cancelled = pool.map_async(tp::keep_errors, same, numbers(4));
  cancelled.cancel();
  CHECK_THROWS_AS(cancelled.get(), tp::Canceled);
  busy.open();
}

TEST_CASE("a job past its deadline throws TimeoutError and is ready", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  AllBusy busy(pool);
  tp::options<> soon;
  soon.deadline = std::chrono::milliseconds(10);
  const auto late = pool.apply_async(soon, [&runs, life = Life()] { ++runs; });
  const auto other = pool.apply_async(same, 1);
  CHECK_THROWS_AS(late.get(), tp::TimeoutError);
  CHECK(late.ready());
  CHECK_FALSE(late.successful());
  CHECK_THROWS_AS(late.get(kShort), tp::TimeoutError);
  CHECK_THROWS_AS(other.get(kShort), tp::TimeoutError);
  CHECK_FALSE(other.ready());
  busy.open();
  CHECK(other.get() == 1);
  CHECK(runs == 0);
}

TEST_CASE("a task past its deadline is asked to stop", "[cpp]") {
  TestPool pool(1);
  tp::options<> soon;
  soon.deadline = std::chrono::milliseconds(10);
  const auto task = [](int) {
    support::await("the deadline", [] { return tp::this_task::stop_requested(); });
  };
  CHECK_THROWS_AS(pool.map(task, numbers(3), soon), tp::TimeoutError);
  soon.deadline = tp::Timeout(-1);
  CHECK(status_of([&] { pool.map(task, numbers(3), soon); }) == TP_EINVAL);
}
