// SPDX-License-Identifier: MIT
// Manual callbacks, threads of the host, jobs with the times of 1.2, and empty results.
#include <poll.h>

#include "test_pool.hpp"

using namespace counted;

namespace {

bool is_readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, 60'000) == 1;
}

}  // namespace

TEST_CASE("manual callbacks run where they are asked for", "[cpp]") {
  tp::pool_options how = with_workers(2);
  how.manual_callbacks = true;
  TestPool pool(how);
  std::thread::id called;
  const auto callback = [&](int) { called = std::this_thread::get_id(); };
  CHECK(pool.run_callbacks() == 0);
  CHECK(pool.run_callbacks(kShort) == 0);
  const auto result = pool.apply_async(tp::make_options(callback), [] { return 3; });
  CHECK(is_readable(pool.fd()));
  CHECK(pool.run_callbacks(kLong) == 1);
  CHECK(called == std::this_thread::get_id());
  CHECK(result.get() == 3);
  pool.close();
  CHECK(pool.run_callbacks(kLong) == 0);  // the pool has ended
  TestPool plain(1);
  CHECK_THROWS_AS(plain.run_callbacks(), tp::Error);
  CHECK_THROWS_AS(plain.fd(), tp::Error);
}

TEST_CASE("a thread of the host serves a pool without threads", "[cpp]") {
  tp::pool_options how = with_workers(1);
  how.no_threads = true;
  TestPool pool(how);
  const auto result = pool.apply_async([] { return std::this_thread::get_id(); });
  CHECK(!result.ready());
  CHECK(pool.enter(tp::Timeout(0)));
  CHECK(result.get() == std::this_thread::get_id());
  pool.close();
  CHECK(!pool.enter());
  TestPool plain(1);
  CHECK_THROWS_AS(plain.enter(), tp::Error);
}

TEST_CASE("a job without a result takes options", "[cpp]") {
  std::atomic<int> ran{0}, called{0}, failed{0};
  TestPool pool;
  tp::options<> urgent;
  urgent.priority = tp::priority::urgent;
  pool.apply_async(tp::forget, urgent, [&] { ++ran; });
  pool.apply_async(
      tp::forget, tp::make_options([&](int n) { called = n; }), [](int n) { return n; }, 7);
  pool.apply_async(tp::forget,
                   tp::make_options([](int) {}, [&](const std::exception_ptr&) { ++failed; }),
                   []() -> int { throw Oops(1); });
  pool.close();
  CHECK_THROWS_AS(pool.apply_async(tp::forget, urgent, [] {}), tp::PoolNotRunning);
  pool.join();
  CHECK(ran == 1);
  CHECK(called == 7);
  CHECK(failed == 1);
}

TEST_CASE("a job may start later, and its items have a time", "[cpp]") {
  TestPool pool;
  tp::options<> how;
  how.start_after = std::chrono::milliseconds(20);
  const auto before = std::chrono::steady_clock::now();
  const auto at = pool.apply_async(how, [] { return std::chrono::steady_clock::now(); }).get();
  CHECK(at - before >= std::chrono::milliseconds(20));
  tp::options<> limited;
  limited.item_deadline = kShort;
  const auto slow = [](int n) {
    while (n == 1 && tp_task_stop_requested() == 0) std::this_thread::yield();
    return n;
  };
  CHECK_THROWS_AS(pool.map(slow, numbers(3), limited), tp::TimeoutError);
  auto stream = pool.imap(slow, numbers(3), limited);
  CHECK(stream.next() == 0);
  CHECK_THROWS_AS(stream.next(), tp::TimeoutError);
  CHECK(stream.next() == 2);
  CHECK(!stream.next());
}

TEST_CASE("a full pool refuses in time, or the submitter runs the job", "[cpp]") {
  tp::pool_options how = with_workers(1);
  how.max_pending = 1;
  support::Gate gate;
  TestPool pool(how);
  const auto held = pool.apply_async([&] { gate.wait(); });
  gate.await(1);
  tp::options<> impatient;
  impatient.submit_timeout = kShort;
  CHECK_THROWS_AS(pool.apply_async(impatient, [] {}), tp::Error);
  tp::options<> helpful;
  helpful.caller_runs = true;
  const auto here = [] { return std::this_thread::get_id(); };
  CHECK(pool.apply_async(helpful, here).get() == std::this_thread::get_id());
  CHECK(pool.map([](int n) { return n + 1; }, numbers(3), helpful) == std::vector<int>{1, 2, 3});
  CHECK_THROWS_AS(pool.imap([](int n) { return n; }, numbers(3), helpful), tp::Error);
  gate.open();
}

TEST_CASE("an empty result or stream says so, and may be assigned to", "[cpp]") {
  TestPool pool(1);
  tp::AsyncResult<int> result;
  tp::ImapIterator<int> stream;
  CHECK(!result.valid());
  CHECK(!stream.valid());
  CHECK_THROWS_AS(result.get(), tp::Error);
  CHECK_THROWS_AS(stream.next(), tp::Error);
  result = pool.apply_async([] { return 5; });
  stream = pool.imap([](int n) { return n; }, std::vector<int>{1});
  CHECK(result.valid());
  CHECK(result.get() == 5);
  CHECK(stream.next() == 1);
  const tp::AsyncResult<int> taken = std::move(result);
  CHECK(!result.valid());
  CHECK(taken.valid());
}

TEST_CASE("a fed stream yields what is pushed", "[cpp]") {
  TestPool pool;
  tp::options<> narrow;
  narrow.buffersize = 2;
  auto stream = pool.feed<std::string>([](std::string s) { return s + "!"; }, narrow);
  const std::string copied = "a";
  stream.push(copied);
  CHECK(copied == "a");
  std::string moved = "a string that is too long for its object";
  stream.push(std::move(moved));
  std::string kept = "kept";
  CHECK(!stream.push(std::move(kept), kShort));
  CHECK(kept == "kept");
  CHECK(stream.next() == "a!");
  CHECK(stream.push(std::move(kept), kLong));
  stream.push_end();
  std::vector<std::string> values;
  for (const std::string& value : stream) values.push_back(value);
  CHECK(values == std::vector<std::string>{"a string that is too long for its object!", "kept!"});
  CHECK_THROWS_AS(stream.push(copied), tp::Error);
}

TEST_CASE("a fed stream takes what can only be moved, and its end cancels", "[cpp]") {
  TestPool pool;
  std::atomic<int> sum{0};
  auto stream =
      pool.feed_unordered<std::unique_ptr<int>>([&](const std::unique_ptr<int>& n) { sum += *n; });
  for (int i = 1; i <= 10; ++i) stream.push(std::make_unique<int>(i));
  stream.push_end();
  stream.wait();
  CHECK(sum == 55);
  auto cut = pool.feed<int>([](int n) { return n; });
  cut.cancel();
  CHECK_THROWS_AS(cut.push(1), tp::Canceled);
  CHECK(!cut.cancel_pending());
}
