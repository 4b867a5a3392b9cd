// SPDX-License-Identifier: MIT
// Coroutines that await results, futures, streams and pools; tokens that cancel.
#include <tpool/coroutine.hpp>

#if defined(__cpp_lib_coroutine)
#include <tpool/stop_token.hpp>
#include <tpool/tpool.hpp>
#include <tpool/when.hpp>

#include <coroutine>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// A coroutine type of a user's own: starts at once, and nobody hears of its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() const { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { ++wrong; }
  };
};

tp::Future<int> sum_of_all_kinds(tp::ThreadPool& pool) {
  const std::vector<int> items = numbers(3);
  int sum = co_await pool.apply_async(same, 1);
  const auto lent = pool.apply_async([] { return Copyable(10); });
  const Copyable& object = co_await lent;
  sum += object.value();
  co_await pool.apply_async([] {});
  const std::vector<int> values = co_await pool.map_async(same, items);
  sum += values[2];
  const auto future = lent.then([](const Copyable& copyable) { return copyable.value(); });
  sum += co_await future;
  const MoveOnly moved = co_await pool.apply_async([] { return MoveOnly(100); });
  sum += moved.value();
  const auto [a, b] = co_await tp::when_all(future, lent.then([](const Copyable&) { return 1; }));
  co_return sum + a + b;
}

// The sum of what is thrown at an await of a result and of a future.
tp::Future<int> sum_of_thrown(tp::ThreadPool& pool) {
  int sum = 0;
  try {
    co_await pool.apply_async(fail, 3);
  } catch (const Oops& oops) {
    sum += oops.number;
  }
  const auto later = pool.apply_async(same, 4).then(fail);
  try {
    co_await later;
  } catch (const Oops& oops) {
    sum += oops.number;
  }
  co_return sum;
}

tp::Future<void> throws(tp::ThreadPool& pool) {
  co_await pool.apply_async(same, 1);
  throw Oops(4);
}

tp::Future<tp_pool_t*> pool_after_hop(tp::ThreadPool& pool, Life) {
  co_await tp::schedule(pool);
  co_return tp_worker_pool();
}

tp::Future<std::vector<int>> read_all(const tp::ImapIterator<int>& stream) {
  std::vector<int> values;
  while (true) {
    try {
      const std::optional<int> value = co_await stream;
      if (!value) break;
      values.push_back(*value);
    } catch (const Oops& oops) {
      values.push_back(-oops.number);
    }
  }
  co_return values;
}

template <class T>
tp::Future<int> sum_of_unassignable(tp::ThreadPool& pool) {
  const auto make = [](int n) { return T(n); };
  const auto stream = pool.imap(make, numbers(100));
  int sum = 0;
  while (auto value = co_await stream) sum += value->value();
  const T one = co_await pool.apply_async(make, 1);
  const T two = co_await pool.apply_async(make, 2);
  co_return sum + one.value() + two.value();
}

template <class T>
tp::Future<T> makes_unassignable(tp::ThreadPool& pool) {
  co_await tp::schedule(pool);
  co_return T(7);
}

}  // namespace

TEST_CASE("a coroutine awaits whatever yields a value", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  CHECK(sum_of_all_kinds(pool).get() == 134);
  std::vector<tp::Future<int>> many;
  for (int i = 0; i < 20; ++i) many.push_back(sum_of_all_kinds(pool));
  for (int sum : tp::when_all(many).get()) CHECK(sum == 134);
}

TEST_CASE("a coroutine gets exceptions where it awaits", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  CHECK(sum_of_thrown(pool).get() == 7);
  CHECK_THROWS_AS(throws(pool).get(), Oops);
}

TEST_CASE("a coroutine goes on where the job was made ready", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  std::thread::id resumed;
  bool was_ready = false;
  const auto watch = [&](const auto& awaited) -> Detached {
    try {
      co_await awaited;
    } catch (const tp::Canceled&) {
    }
    was_ready = awaited.ready();
    resumed = std::this_thread::get_id();
  };
  AllBusy busy(pool);
  const auto result = pool.apply_async(same, 1);
  watch(result);
  CHECK_FALSE(was_ready);
  result.cancel();
  CHECK(was_ready);
  CHECK(resumed == std::this_thread::get_id());
  const auto again = pool.apply_async(same, 1);
  std::thread::id on_worker;
  const auto then = again.then([&](int) { on_worker = std::this_thread::get_id(); });
  was_ready = false;
  watch(then);
  CHECK_FALSE(was_ready);
  busy.end();
  CHECK(then.wait(kLong));
  pool.finish();
  CHECK(was_ready);
  CHECK(resumed == on_worker);
}

TEST_CASE("a coroutine hops to a worker", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  CHECK(pool_after_hop(pool, Life()).get() == pool.capi());
  const auto in_worker = [&pool](int) { return pool_after_hop(pool, Life()); };
  for (auto& future : pool.map(in_worker, numbers(20))) CHECK(future.get() == pool.capi());
  pool.close();
  CHECK_THROWS_AS(pool_after_hop(pool, Life()).get(), tp::PoolNotRunning);
}

TEST_CASE("a coroutine whose hop is terminated hears of it", "[cpp]") {
  NoneLeft check;
  std::optional<tp::Future<tp_pool_t*>> future;
  TestPool pool;
  AllBusy busy(pool);
  future = pool_after_hop(pool, Life());
  CHECK_FALSE(future->ready());
  pool.terminate();
  CHECK_THROWS_AS(future->get(kLong), tp::Terminated);
  busy.open();
}

TEST_CASE("a coroutine reads a stream to its end", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto stream = pool.imap(same, UpTo{200});
  CHECK(read_all(stream).get() == numbers(200));
  const auto some_fail = pool.imap([](int n) { return n % 2 == 1 ? fail(n) : n; }, UpTo{5});
  CHECK(read_all(some_fail).get() == std::vector<int>{0, -1, 2, -3, 4});
  CHECK(read_all(pool.imap(same, UpTo{0})).get().empty());
  const auto source_fails = pool.imap(same, FailsAt{3});
  CHECK(read_all(source_fails).get() == std::vector<int>{0, 1, 2, -3});
}

TEST_CASE("a coroutine that awaits a stream leaves its thread", "[cpp]") {
  support::Gate gate;
  TestPool pool(2);
  const auto stream = pool.imap([&gate](int n) { return gate.wait(), n; }, UpTo{3});
  const auto values = read_all(stream);
  CHECK_FALSE(values.ready());
  gate.open();
  CHECK(values.get() == numbers(3));
}

TEST_CASE("a coroutine reads the stream of a closed pool where it is", "[cpp]") {
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  const auto stream = pool.imap(same, UpTo{3});
  pool.close();
  std::thread opens([&] { busy->open(); });
  CHECK(read_all(stream).ready());
  opens.join();
  busy.reset();
}

TEST_CASE("a coroutine on a worker reads a stream of its pool", "[cpp]") {
  TestPool pool;
  const auto stream = pool.imap(same, UpTo{100});
  std::vector<int> values;
  support::Arrivals done;
  const auto read = [&]() -> Detached {
    co_await tp::schedule(pool);
    while (const auto value = co_await stream) values.push_back(*value);
    done.arrive();
  };
  read();
  done.wait(1);
  CHECK(values == numbers(100));
}

TEST_CASE("a terminated stream ends a coroutine's wait", "[cpp]") {
  NoneLeft check;
  support::Gate gate;
  TestPool pool(1);
  const auto stream = pool.imap([&](int n) { return gate.wait(), n; }, UpTo{3});
  gate.await(1);
  const auto values = read_all(stream);
  pool.terminate();
  CHECK_THROWS_AS(values.get(kLong), tp::Terminated);
  gate.open();
}

#if defined(__cpp_lib_jthread)
TEST_CASE("a stop token cancels a result", "[cpp]") {
  NoneLeft check;
  std::stop_source source;
  TestPool pool;
  AllBusy busy(pool);
  const auto result = pool.apply_async([life = Life()](int n) { return n; }, 1);
  {
    const auto guard = tp::cancel_on(source.get_token(), result);
    CHECK_FALSE(result.ready());
    source.request_stop();
    CHECK(result.ready());
  }
  CHECK_THROWS_AS(result.get(), tp::Canceled);
  const auto late = pool.apply_async(same, 1);
  const auto at_once = tp::cancel_on(source.get_token(), late);
  CHECK_THROWS_AS(late.get(), tp::Canceled);
  busy.open();
}

TEST_CASE("a stop token asks a running task", "[cpp]") {
  std::stop_source source;
  support::Arrivals started;
  TestPool pool(1);
  const auto result = pool.apply_async([&] { run_until_stopped(started); });
  const auto guard = tp::cancel_on(source.get_token(), result);
  started.wait(1);
  source.request_stop();
  result.wait();
  CHECK(pool.apply(same, 1) == 1);
}

TEST_CASE("a stop token that is let go cancels nothing", "[cpp]") {
  std::stop_source source;
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  const auto result = pool.apply_async(same, 1);
  { const auto guard = tp::cancel_on(source.get_token(), result); }
  source.request_stop();
  busy.reset();
  CHECK(result.get() == 1);
  tp::AsyncResult<int> empty(nullptr);
  CHECK(status_of([&] { static_cast<void>(tp::cancel_on(source.get_token(), empty)); }) ==
        TP_EINVAL);
}
#endif

TEMPLATE_TEST_CASE("values that can't be assigned are awaited", "[cpp]", Fixed, FixedMoveOnly) {
  NoneLeft check;
  TestPool pool;
  CHECK(sum_of_unassignable<TestType>(pool).get() == 4953);
  CHECK(makes_unassignable<TestType>(pool).get().value() == 7);
}
#endif
