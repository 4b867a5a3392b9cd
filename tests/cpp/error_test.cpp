// SPDX-License-Identifier: MIT
// What is thrown, by whom, and as what.
#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

int fail_above_1(int n) { return n > 1 ? throw Oops(n) : n; }

static_assert(std::is_base_of_v<std::runtime_error, tp::Error>);
static_assert(std::is_base_of_v<tp::Error, tp::TimeoutError>);
static_assert(std::is_base_of_v<tp::Error, tp::PoolNotRunning>);
static_assert(std::is_base_of_v<tp::Error, tp::PoolStillRunning>);
static_assert(std::is_base_of_v<tp::Error, tp::Canceled>);
static_assert(std::is_base_of_v<tp::Error, tp::Terminated>);

}  // namespace

TEST_CASE("the exception of a task reaches the caller", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  CHECK(oops_of([&] { pool.apply(fail, 3); }) == 3);
  CHECK(tp_last_error() == nullptr);
  const auto result = pool.apply_async(fail, 4);
  for (int i = 0; i < 3; ++i) CHECK(oops_of([&] { result.get(); }) == 4);
  CHECK(oops_of([&] { pool.apply_async(fail, 5).get(); }) == 5);
  CHECK_FALSE(result.successful());
  CHECK_THROWS_AS(pool.apply([] { throw 7; }), int);
  CHECK_THROWS_AS(pool.apply([] { throw std::string("text"); }), std::string);
  CHECK_THROWS_WITH(pool.apply([] { throw std::out_of_range("what"); }), "what");
}

TEST_CASE("get throws the very exception that the task threw", "[cpp]") {
  TestPool pool(2);
  std::exception_ptr thrown;
  const auto result = pool.apply_async([&thrown] {
    try {
      fail(1);
    } catch (...) {
      thrown = std::current_exception();
      throw;
    }
  });
  for (int i = 0; i < 2; ++i) {
    try {
      result.get();
      CHECK(false);
    } catch (...) {
      CHECK((std::current_exception() == thrown));
    }
  }
  CHECK(std::string(tp_error_message(tp_result_error(result.capi()))) == tp_strerror(TP_ETASK));
}

TEST_CASE("a message of an exception is that of the C error", "[cpp]") {
  TestPool pool(1);
  const auto result = pool.apply_async([] { throw std::runtime_error("the reason"); });
  result.wait();
  CHECK(std::string(tp_error_message(tp_result_error(result.capi()))) == "the reason");
}

TEST_CASE("a map throws its first failure and has run all", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  const auto task = [&runs](int n) { return ++runs, fail_above_1(n); };
  CHECK(oops_of([&] { pool.map(task, numbers(100)); }) == 2);
  CHECK(runs == 100);
  const auto result = pool.map_async(task, numbers(100));
  CHECK(oops_of([&] { result.get(); }) == 2);
  CHECK(oops_of([&] { result.get(); }) == 2);
  CHECK(runs == 200);
  CHECK(oops_of([&] { pool.map([](int n) { fail(n); }, numbers(9)); }) == 0);
}

TEST_CASE("a failed map destroys the values that it has", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto last_fails = [](int n) { return n == 99 ? throw Oops(n) : AlignedMoveOnly(n); };
  CHECK_THROWS_AS(pool.map(last_fails, numbers(100)), Oops);
  CHECK_THROWS_AS(pool.map_async(last_fails, numbers(100)).get(), Oops);
}

TEST_CASE("exceptions pass through nested calls", "[cpp]") {
  TestPool pool;
  CHECK(oops_of([&] { pool.apply([&pool] { pool.apply(fail, 6); }); }) == 6);
  CHECK(oops_of([&] { pool.apply([&pool] { pool.map(fail_above_1, numbers(4)); }); }) == 2);
}

TEST_CASE("a pool that is not running takes nothing", "[cpp]") {
  NoneLeft check;
  TestPool pool(2);
  const bool terminated = GENERATE(true, false);
  terminated ? pool.terminate() : pool.close();
  const auto task = [](int n) { return n; };
  std::vector<MoveOnly> objects;
  objects.emplace_back(1);
  CHECK_THROWS_AS(pool.apply(task, 1), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.apply_async(&MoveOnly::value, MoveOnly(1)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.map(task, numbers(1)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.map_async(&MoveOnly::value, std::move(objects)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.starmap(task, std::vector<std::tuple<int>>(1)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.starmap_async(task, std::vector<std::tuple<int>>(1)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.imap(task, numbers(1)), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.imap_unordered(task, numbers(1)), tp::PoolNotRunning);
  CHECK_THROWS_WITH(pool.apply(task, 1), "Pool not running");
  CHECK(status_of([&] { pool.apply(task, 1); }) == TP_ECLOSED);
  CHECK(tp_last_error() == nullptr);
}

TEST_CASE("states and times have errors of their own", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  CHECK_THROWS_AS(pool.join(), tp::PoolStillRunning);
  CHECK_THROWS_WITH(pool.join(kShort), "Pool is still running");
  const auto result = pool.apply_async([&gate] { return gate.wait(), 1; });
  CHECK_THROWS_AS(result.get(kShort), tp::TimeoutError);
  CHECK_THROWS_AS(result.get(std::chrono::nanoseconds(-1)), tp::TimeoutError);
  CHECK(status_of([&] { static_cast<void>(result.successful()); }) == TP_ENOTREADY);
  CHECK(status_of([&] { result.wait(tp::Timeout(std::nan(""))); }) == TP_EINVAL);
  gate.open();
  CHECK(result.get(std::chrono::hours::max()) == 1);
  CHECK(status_of([&] { pool.apply([&pool] { pool.close(), pool.join(); }); }) == TP_EDEADLK);
}

TEST_CASE("what was cancelled or terminated says so", "[cpp]") {
  TestPool pool;
  AllBusy busy(pool);
  const auto one = pool.apply_async([] { return 1; });
  const auto map = pool.map_async([](int n) { return n; }, numbers(3));
  const auto stream = pool.imap([](int n) { return n; }, numbers(3));
  one.cancel();
  CHECK_THROWS_AS(one.get(), tp::Canceled);
  stream.cancel();
  CHECK_THROWS_AS(stream.next(), tp::Canceled);
  CHECK_FALSE(stream.next());
  pool.terminate();
  CHECK_THROWS_AS(map.get(), tp::Terminated);
  CHECK(status_of([&] { map.get(); }) == TP_ETERMINATED);
  busy.open();
}

TEST_CASE("a task that ends its thread is lost, with its stack unwound", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto leave = [](int n) {
    const Copyable local(n);
    if (n == 1) pthread_exit(nullptr);
    return n;
  };
  CHECK(status_of([&] { pool.apply(leave, 1); }) == TP_ELOST);
  CHECK(status_of([&] { pool.apply_async(leave, 1).get(); }) == TP_ELOST);
  CHECK(status_of([&] { pool.map(leave, numbers(4)); }) == TP_ELOST);
  const auto stream = pool.imap(leave, numbers(3));
  CHECK(stream.next() == 0);
  CHECK(status_of([&] { stream.next(); }) == TP_ELOST);
  CHECK(stream.next() == 2);
  CHECK(pool.apply(leave, 5) == 5);
}

TEST_CASE("a range or callback that ends its thread leaves nothing behind", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  struct Leaves : UpTo {
    struct Iterator : UpTo::Iterator {
      int operator*() const {
        const Copyable local(at);
        if (at == 1) pthread_exit(nullptr);
        return at;
      }
    };
    Copyable life{0};
    Iterator begin() const { return {{0}}; }
    Iterator end() const { return {{last}}; }
  };
  const auto stream = pool.imap(same, Leaves{{3}});
  CHECK(stream.next() == 0);
  CHECK(status_of([&] { stream.next(); }) == TP_ETASK);
  CHECK_FALSE(stream.next());
  const auto leave = [life = Copyable(0)](int) { pthread_exit(nullptr); };
  CHECK(pool.apply_async(tp::make_options(leave), same, 2).get() == 2);
  CHECK(pool.apply(same, 5) == 5);
}

TEST_CASE("a failed initializer breaks the pool", "[cpp]") {
  tp::pool_options how = with_workers(2);
  how.initializer = [] { throw std::runtime_error("no database"); };
  TestPool pool(how);
  CHECK(status_of([&] { pool.apply([] {}); }) == TP_EINIT);
}

TEST_CASE("an empty handle is refused", "[cpp]") {
  TestPool pool(1);
  auto result = pool.apply_async([] { return 1; });
  const auto owner = std::move(result);
  CHECK(status_of([&] { result.get(); }) == TP_EINVAL);
  CHECK(status_of([&] { result.wait(); }) == TP_EINVAL);
  CHECK(status_of([&] { static_cast<void>(result.ready()); }) == TP_EINVAL);
  tp::ThreadPool moved = std::move(pool);
  CHECK(status_of([&] { pool.apply([] {}); }) == TP_EINVAL);
  CHECK(moved.workers() == 1);
}
