// SPDX-License-Identifier: MIT
// The end of a stream's object: what has not started is cancelled, what runs is waited for.
#include <tpool/as_completed.hpp>
#include <tpool/coroutine.hpp>
#include <tpool/progress.hpp>

#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// Runs through endless streams, and knows when it is used after its end.
class Owner {
 public:
  ~Owner() {
    CHECK(running_ == 0);
    alive_ = false;
  }

  auto task() {
    return [this](int n) {
      ++running_;
      if (!alive_) ++wrong;
      if (tp::this_task::stop_requested()) ++asked_;
      --running_;
      return n;
    };
  }

 private:
  std::atomic<int> running_{0}, asked_{0};
  std::atomic<bool> alive_{true};
};

// Nothing runs any more that would keep a pool from its end.
void check_end(TestPool& pool) {
  CHECK(pool.wait_idle(kLong));
  pool.finish();
}

}  // namespace

TEST_CASE("break out of a loop over an endless stream ends the stream", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  {
    Owner owner;
    for (int n : pool.imap(owner.task(), Endless())) {
      if (n > 100) break;
    }
  }
  {
    Owner owner;
    int seen = 0;
    for (int n : pool.imap_unordered(owner.task(), Endless())) {
      static_cast<void>(n);
      if (++seen > 100) break;
    }
  }
  check_end(pool);
}

TEST_CASE("an exception out of a loop over an endless stream ends the stream", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  const auto loop = [&pool] {
    Owner owner;
    for (int n : pool.imap(owner.task(), Endless())) {
      if (n > 100) throw Oops(n);
    }
  };
  CHECK_THROWS_AS(loop(), Oops);
  const auto item_fails = [&pool] {
    for (int n : pool.imap([](int n) { return n > 100 ? throw Oops(n) : n; }, Endless()))
      static_cast<void>(n);
  };
  CHECK_THROWS_AS(item_fails(), Oops);
  check_end(pool);
}

TEST_CASE("the end of a stream waits for what runs", "[cpp]") {
  support::Gate gate;
  std::atomic<pid_t> reader{0};
  std::atomic<int> ran{0};
  TestPool pool(2);
  std::thread left([&] {
    const std::vector<int> borrowed = numbers(100);
    auto stream =
        pool.imap([&](const int& n) { return gate.wait(), ran += n >= 0 ? 1 : 0; }, borrowed);
    gate.await(2);
    reader = gettid();
  });
  support::await_sleep(reader);
  CHECK(ran == 0);
  gate.open();
  left.join();
  CHECK(ran == 2);
  check_end(pool);
}

TEST_CASE("the end of a stream that has not started waits for nobody", "[cpp]") {
  NoneLeft check;
  TestPool pool(1);
  AllBusy busy(pool);
  if (GENERATE(false, true)) pool.pause();
  std::vector<MoveOnly> borrowed;
  borrowed.emplace_back(1);
  {
    const auto stream = pool.imap(&MoveOnly::value, borrowed);
    const auto owning = pool.imap([life = Life()](int n) { return n; }, Endless());
  }
  CHECK(alive == 1);
  busy.open();
  pool.resume();
}

TEST_CASE("what is moved over a stream ends it and a move does not", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  Owner owner;
  std::vector<int> few = numbers(3);
  auto stream = pool.imap(owner.task(), Endless());
  CHECK(stream.next() == 0);
  auto moved = std::move(stream);
  CHECK(status_of([&] { stream.next(); }) == TP_EINVAL);
  CHECK(moved.next() == 1);
  moved = pool.imap(owner.task(), Endless());
  CHECK(moved.next() == 0);
  auto& self = moved;
  moved = std::move(self);
  CHECK(moved.next() == 1);
  moved = pool.imap(owner.task(), few);
  CHECK(moved.next() == 0);
  check_end(pool);
}

TEST_CASE("a stream that ends inside its own item is only cancelled", "[cpp]") {
  TestPool pool;
  support::Gate gate;
  support::Arrivals left;
  std::optional<tp::ImapIterator<int>> stream;
  std::atomic<bool> first{true};
  const auto leaves = [&](int n) {
    if (!first.exchange(false)) return n;
    gate.wait();
    stream.reset();
    left.arrive();
    return n;
  };
  stream.emplace(pool.imap(leaves, Endless()));
  gate.open();
  left.wait(1);
  check_end(pool);
}

TEST_CASE("a detached stream runs to its end and is left to nobody", "[cpp]") {
  NoneLeft check;
  std::atomic<int> runs{0};
  TestPool pool;
  auto stream = pool.imap([&runs](int n) { return ++runs, Copyable(n); }, numbers(500));
  CHECK(stream.next()->value() == 0);
  stream.detach();
  CHECK(status_of([&] { stream.next(); }) == TP_EINVAL);
  CHECK(status_of([&] { stream.detach(); }) == TP_EINVAL);
  pool.finish();
  CHECK(runs == 500);
}

TEST_CASE("a stream that borrows is not detached as one that owns", "[cpp]") {
  TestPool pool(1);
  std::vector<int> range = numbers(3);
  tp::ImapIterator<int> stream = pool.imap(same, range);
  CHECK(stream.pool() == pool.capi());
  CHECK(status_of([&] { stream.detach(); }) == TP_EINVAL);
  CHECK(stream.next() == 0);
  stream = pool.imap(same, std::ref(range));
  CHECK(status_of([&] { stream.detach(); }) == TP_EINVAL);
  stream = pool.imap(same, numbers(3));
  stream.detach();
}

TEST_CASE("a list of elements is copied into a stream", "[cpp]") {
  TestPool pool(1);
  std::optional<AllBusy> busy(pool);
  auto stream = pool.imap(same, std::initializer_list<int>{3, 4});
  busy.reset();
  CHECK(stream.next() == 3);
  CHECK(stream.next() == 4);
  stream.detach();
}

TEST_CASE("whatever holds a stream may be left early", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  Owner owner;
  for (int n : tp::progress(pool.imap(owner.task(), Endless()), [](const tp::Pace&) {})) {
    if (n > 10) break;
  }
  std::vector<tp::ImapIterator<int>> streams;
  streams.push_back(pool.imap(owner.task(), Endless()));
  streams.push_back(pool.imap(owner.task(), numbers(3)));
  for (auto& stream : tp::as_completed(std::move(streams))) {
    CHECK(stream.next() == 0);
    break;
  }
  check_end(pool);
}

#if defined(__cpp_lib_coroutine)
namespace {

tp::Future<int> first_beyond(tp::ThreadPool& pool, Owner& owner, int limit, bool throws) {
  const auto stream = pool.imap(owner.task(), Endless());
  while (const auto n = co_await stream) {
    if (*n > limit && throws) throw Oops(*n);
    if (*n > limit) co_return *n;
  }
  co_return -1;
}

}  // namespace

TEST_CASE("a coroutine may leave an endless stream", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  Owner owner;
  CHECK(first_beyond(pool, owner, 100, false).get(kLong) == 101);
  CHECK_THROWS_AS(first_beyond(pool, owner, 100, true).get(kLong), Oops);
  check_end(pool);
}
#endif

// clang 14 can't compile the views of libstdc++ 12.
#if __cplusplus >= 202002L && (!defined(__clang__) || __clang_major__ >= 16)
#include <ranges>

TEST_CASE("a view of an endless stream may be left", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  Owner owner;
  int sum = 0;
  for (int n : pool.imap(owner.task(), std::views::iota(0)) | std::views::take(5)) sum += n;
  CHECK(sum == 10);
  check_end(pool);
}
#endif
