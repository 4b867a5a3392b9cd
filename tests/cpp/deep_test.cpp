// SPDX-License-Identifier: MIT
// Futures that wait for each other in long chains, and threads that wait for them: no stack, and
// nobody wakes before there is something to do.
#include <tpool/coroutine.hpp>
#include <tpool/when.hpp>

#include <sys/resource.h>

#include "test_pool.hpp"

using namespace counted;

namespace {

constexpr int kDeep = support::kThreadSanitizer ? 20000 : 200000;

}  // namespace

TEST_CASE("a wait for a deep tree of futures needs no stack", "[cpp]") {
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  const bool all = GENERATE(true, false);
  tp::Future<int> future(pool.apply_async(same, 0));
  for (int i = 0; i < kDeep / 4; ++i) {
    future = all ? tp::when_all(std::move(future)).then([](const std::tuple<int>& of) {
      return std::get<0>(of) + 1;
    })
                 : tp::when_any(future).then([](std::size_t) { return 1; });
  }
  CHECK_FALSE(future.wait(tp::Timeout(0)));
  busy.reset();
  CHECK(future.get(kLong) == (all ? kDeep / 4 : 1));
}

TEST_CASE("a worker helps what one of several results waits for", "[cpp]") {
  support::Gate gate;
  TestPool outer(1);
  TestPool inner(1);
  const auto waits = outer.apply_async([&] {
    const auto far = inner.apply_async([&gate] { return gate.wait(), 1; });
    tp::Future<int> never(far);
    const auto near = outer.apply_async(same, 1).then(next);
    const auto both = tp::when_all(tp::when_any(far, near), outer.apply_async(same, 3).then(next));
    const auto [first, four] = both.get(kLong);
    gate.open();
    return static_cast<int>(first) + four;
  });
  CHECK(waits.get(kLong) == 5);
}

#if defined(__cpp_lib_coroutine)
namespace {

tp::Future<int> depth_of(tp::ThreadPool& pool, int n, bool at_once) {
  if (n > 0) co_return 1 + co_await depth_of(pool, n - 1, at_once);
  if (!at_once) co_await tp::schedule(pool);
  co_return 0;
}

tp::Future<int> thrown_from(tp::ThreadPool& pool, int n) {
  if (n > 0) co_return co_await thrown_from(pool, n - 1);
  co_await tp::schedule(pool);
  throw Oops(7);
}

tp::Future<int> after(tp::Future<int> future) { co_return 1 + co_await std::move(future); }

// How often the calling thread has gone to sleep.
long sleeps() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw;
}

// Blocks where it should await.
tp::Future<int> blocking(int n) { co_return n == 0 ? 0 : 1 + blocking(n - 1).get(); }

tp::Future<int> behind(tp::ThreadPool& pool, support::Gate& gate) {
  co_await tp::schedule(pool);
  gate.wait();
  co_return 1;
}

}  // namespace

TEST_CASE("coroutines that call one another need no stack", "[cpp]") {
  TestPool pool(2);
  const bool at_once = GENERATE(false, true);
  CHECK(depth_of(pool, kDeep, at_once).get(kLong) == kDeep);
  CHECK(pool.apply([&] { return depth_of(pool, kDeep, true).get(kLong); }) == kDeep);
}

TEST_CASE("an exception passes through coroutines that await each other", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  const auto future = thrown_from(pool, 1000);
  CHECK_THROWS_AS(future.get(kLong), Oops);
}

TEST_CASE("coroutines that end one after another need no stack", "[cpp]") {
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  tp::Future<int> future(pool.apply_async(same, 0));
  for (int i = 0; i < kDeep; ++i) future = after(std::move(future));
  CHECK_FALSE(future.ready());
  busy.reset();
  CHECK(future.get(kLong) == kDeep);
}

TEST_CASE("a coroutine that is called deep inside others starts when its caller waits", "[cpp]") {
  CHECK(blocking(1000).get(kLong) == 1000);
}

TEST_CASE("a coroutine that others call starts at once", "[cpp]") {
  std::vector<int> order;
  const auto inner = [&]() -> tp::Future<void> {
    order.push_back(2);
    co_return;
  };
  const auto outer = [&]() -> tp::Future<void> {
    order.push_back(1);
    const auto future = inner();
    order.push_back(3);
    co_await future;
  };
  const auto future = outer();
  CHECK(future.ready());
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a wait for a coroutine sleeps until it has ended", "[cpp]") {
  support::Gate gate;
  TestPool pool(1);
  const auto future = behind(pool, gate);
  const long before = sleeps();
  CHECK_FALSE(future.wait(std::chrono::milliseconds(300)));  // time is measured: it has to pass
  CHECK(sleeps() - before <= 3);
  gate.open();
  CHECK(future.get(kLong) == 1);
}

TEST_CASE("a wait for any of a coroutine and a job ends with either", "[cpp]") {
  const bool job_first = GENERATE(true, false);
  support::Gate of_coroutine, of_job;
  TestPool pool(2);
  const auto coroutine = behind(pool, of_coroutine);
  const auto job = pool.apply_async([&] { return of_job.wait(), 2; });
  const auto any = tp::when_any(coroutine, job.then(next));
  CHECK_FALSE(any.wait(kShort));
  std::thread opens([&] { (job_first ? of_job : of_coroutine).open(); });
  CHECK(any.get(kLong) == (job_first ? 1U : 0U));
  opens.join();
  of_job.open();
  of_coroutine.open();
}

TEST_CASE("a wait for any that begins while a coroutine ends returns", "[cpp]") {
  support::Gate of_job;
  TestPool pool(2);
  const auto job = pool.apply_async([&] { return of_job.wait(), 2; });
  const auto never = job.then(next);
  support::Gate open;
  open.open();
  for (int i = 0; i < 2000; ++i) {
    const auto any = tp::when_any(behind(pool, open), never);
    CHECK(any.get(kLong) == 0U);
  }
  of_job.open();
}

TEST_CASE("a worker that waits for all helps behind a coroutine", "[cpp]") {
  support::Gate gate;
  TestPool outer(1);
  TestPool inner(1);
  const auto waits = outer.apply_async([&] {
    const auto first = behind(inner, gate);
    const auto any = tp::when_any(first, outer.apply_async(same, 1));
    const auto all = tp::when_all(any, outer.apply_async(same, 2).then(next));
    const auto [index, three] = all.get(kLong);
    gate.open();
    return static_cast<int>(index) + three + first.get(kLong);
  });
  CHECK(waits.get(kLong) == 5);
}
#endif
