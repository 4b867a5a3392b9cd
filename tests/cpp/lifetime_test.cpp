// SPDX-License-Identifier: MIT
// Every callable, argument, element and value is destroyed exactly once, however its job ends.
#include "test_pool.hpp"
#include "test_ranges.hpp"

using namespace counted;

namespace {

// A callable with a state, which the library may hold in place or not.
template <class Kind>
struct Task {
  Kind state{1};
  bool fails = false;

  Kind operator()(int n) const { return fails ? throw Oops(n) : Kind(n); }
  template <class Object>
  Kind operator()(const Object& object) const {
    return (*this)(object.value());
  }
};

template <class Kind>
std::vector<Kind> objects() {
  std::vector<Kind> all;
  for (int i = 0; i < 20; ++i) all.emplace_back(i);
  return all;
}

template <class Kind>
std::list<Kind> listed() {
  std::list<Kind> all;
  for (int i = 0; i < 20; ++i) all.emplace_back(i);
  return all;
}

// One job of each kind; the handles go at once, or after the end of the jobs.
template <class Kind>
struct Jobs {
  Jobs(tp::ThreadPool& pool, bool fails)
      : one(pool.apply_async(Task<Kind>{Kind(1), fails}, Kind(2))),
        from_vector(pool.map_async(Task<Kind>{Kind(1), fails}, objects<Kind>())),
        from_list(pool.map_async(Task<Kind>{Kind(1), fails}, listed<Kind>())),
        ordered(pool.imap(Task<Kind>{Kind(1), fails}, objects<Kind>())),
        unordered(pool.imap_unordered(Task<Kind>{Kind(1), fails}, Generator(20))) {}

  void cancel() {
    one.cancel();
    from_vector.cancel();
    from_list.cancel();
    ordered.cancel();
    unordered.cancel();
  }

  tp::AsyncResult<Kind> one;
  tp::MapResult<Kind> from_vector;
  tp::MapResult<Kind> from_list;
  tp::ImapIterator<Kind> ordered;
  tp::ImapIterator<Kind> unordered;
};

}  // namespace

#define KINDS Copyable, MoveOnly, MoveThrows, AlignedCopyable, AlignedMoveOnly

TEMPLATE_TEST_CASE("nothing is left of jobs that ran or failed", "[cpp]", KINDS) {
  NoneLeft check;
  const bool fails = GENERATE(false, true);
  TestPool pool;
  const Jobs<TestType> kept(pool, fails);
  Jobs<TestType>(pool, fails);
  pool.finish();
  CHECK(kept.one.successful() == !fails);
  CHECK(kept.ordered.successful() == !fails);
}

TEMPLATE_TEST_CASE("nothing is left of a quick map that failed, whoever ran it", "[cpp]", KINDS) {
  const NoneLeft none;
  Task<TestType> task;
  tp::pool_options options = with_workers(2);
  options.caller_helps = GENERATE(false, true);
  tp::ThreadPool pool(options);
  const auto make = [&](int n) { return n == 7 ? task(n) : TestType(n); };
  const std::vector<int> items = support::range(20);
  for (int i = 0; i < 20; ++i) CHECK(pool.map(make, items).size() == 20);
  task.fails = true;
  CHECK_THROWS_AS(pool.map(make, items), Oops);
}

TEMPLATE_TEST_CASE("nothing is left of jobs that were cancelled", "[cpp]", KINDS) {
  NoneLeft check;
  TestPool pool;
  AllBusy busy(pool);
  Jobs<TestType> jobs(pool, false);
  jobs.cancel();
  CHECK_THROWS_AS(jobs.from_list.get(), tp::Canceled);
  busy.open();
}

TEMPLATE_TEST_CASE("nothing is left of jobs that were terminated", "[cpp]", KINDS) {
  NoneLeft check;
  TestPool pool;
  AllBusy busy(pool);
  const Jobs<TestType> kept(pool, false);
  Jobs<TestType>(pool, false);
  pool.terminate();
  CHECK_THROWS_AS(kept.from_vector.get(), tp::Terminated);
  busy.open();
}

TEMPLATE_TEST_CASE("nothing is left of jobs that were refused", "[cpp]", KINDS) {
  NoneLeft check;
  TestPool pool(2);
  pool.close();
  CHECK_THROWS_AS(Jobs<TestType>(pool, false), tp::PoolNotRunning);
  const Task<TestType> task{};
  CHECK_THROWS_AS(pool.map(task, objects<TestType>()), tp::PoolNotRunning);
  CHECK_THROWS_AS(pool.imap(Task<TestType>{}, objects<TestType>()), tp::PoolNotRunning);
}

TEMPLATE_TEST_CASE("nothing is left of a stream that was half read", "[cpp]", KINDS) {
  NoneLeft check;
  TestPool pool;
  const auto kept = pool.imap(Task<TestType>{}, objects<TestType>());
  {
    const auto dropped = pool.imap_unordered(Task<TestType>{}, listed<TestType>());
    CHECK(dropped.next());
  }
  CHECK(kept.next()->value() == 0);
  for (auto&& value : kept) {
    if (value.value() == 5) break;
  }
  pool.finish();
  CHECK(kept.next()->value() == 6);
}

TEST_CASE("what an ended job has left goes with its result, on the same thread", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  int late = 0;
  for (int i = 0; i < 1000; ++i) {
    pool.apply_async([i] { return Copyable(i); }).get();
    if (alive != 0) ++late;
    try {
      pool.apply_async([i] { throw Oops(i); }).get();
    } catch (const Oops&) {
    }
    if (alive != 0) ++late;
  }
  CHECK(late == 0);
}

TEST_CASE("the end of a pool ends what it has, and results outlive it", "[cpp]") {
  NoneLeft check;
  auto pool = std::make_unique<TestPool>();
  const auto done = pool->apply_async([] { return AlignedMoveOnly(3); });
  done.wait();
  const auto failed = pool->apply_async([] { throw Oops(4); });
  failed.wait();
  const auto stream = pool->imap([](int n) { return Copyable(n); }, numbers(3));
  stream.wait();
  pool.reset();
  CHECK(done.get().value() == 3);
  CHECK_THROWS_AS(failed.get(), Oops);
  CHECK(stream.next()->value() == 0);
}

TEST_CASE("a task may end its own pool", "[cpp]") {
  NoneLeft check;
  support::Gate gate;
  auto pool = std::make_unique<TestPool>(2);
  tp::ThreadPool& handle = *pool;
  const auto result =
      handle.apply_async([&gate, life = Copyable(1), pool = std::move(pool)]() mutable {
        gate.wait();
        pool.reset();
        return life.value();
      });
  gate.open();
  CHECK(result.get() == 1);
  result.wait();
}
