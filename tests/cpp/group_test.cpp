// SPDX-License-Identifier: MIT
// tp::Group: the calls of the pool, and the end of its scope.
#include <tpool/keep_errors.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

tp::group_options serial() {
  tp::group_options how;
  how.max_running = 1;
  return how;
}

}  // namespace

TEST_CASE("a job may end its own group while the call that starts it runs it", "[cpp]") {
  tp::pool_options small = with_workers(1);
  small.max_pending = 1;
  TestPool pool(small);
  AllBusy busy(pool);
  tp::options<> how;
  how.caller_runs = true;
  auto group = std::make_unique<tp::Group>(pool);
  auto result = group->apply_async(how, [&] { return group.reset(), 5; });
  CHECK(result.get() == 5);
}

TEST_CASE("a group has all calls of the pool", "[cpp]") {
  TestPool pool;
  tp::Group group(pool, GENERATE(tp::group_options(), serial()));
  CHECK(group.apply(next, 1) == 2);
  group.apply([] {});
  CHECK(oops_of([&] { group.apply(fail, 3); }) == 3);
  CHECK(group.apply_async(next, 2).get() == 3);
  CHECK(group.apply_async(tp::options<>(), next, 2).get() == 3);
  std::atomic<int> ran{0};
  group.apply_async(tp::forget, [&ran] { ++ran; });
  group.apply_async(tp::forget, tp::options<>(), [&ran] { ++ran; });
  CHECK(group.map(next, numbers(3)) == std::vector<int>{1, 2, 3});
  CHECK(group.map(tp::keep_errors, next, numbers(3)).size() == 3);
  CHECK(group.map_async(next, numbers(3)).get() == std::vector<int>{1, 2, 3});
  CHECK(group.map_async(tp::keep_errors, next, numbers(3)).get().size() == 3);
  CHECK(
      group
          .map_async(next, numbers(3), tp::make_options([&ran](const std::vector<int>&) { ++ran; }))
          .get()
          .size() == 3);
  const std::vector<std::pair<int, int>> rows{{1, 2}, {3, 4}};
  CHECK(group.starmap(std::plus<int>(), rows) == std::vector<int>{3, 7});
  CHECK(group.starmap_async(std::plus<int>(), rows).get() == std::vector<int>{3, 7});
  group.for_each(numbers(4), [&ran](int) { ++ran; });
  group.for_index(4, [&ran](std::size_t) { ++ran; });
  group.for_range(4, [&ran](std::size_t begin, std::size_t end) { ran += int(end - begin); });
  CHECK(group.reduce(numbers(5), 0, std::plus<int>()) == 10);
  CHECK(group.transform_reduce(numbers(5), 0, std::plus<int>(), next) == 15);
  std::vector<int> out(3);
  group.map_into(out, next, numbers(3));
  CHECK(out == std::vector<int>{1, 2, 3});
  int sum = 0;
  for (const int value : group.imap(next, numbers(3))) sum += value;
  for (const int value : group.imap_unordered(next, numbers(3))) sum += value;
  auto fed = group.feed<int>(next);
  auto unordered = group.feed_unordered<int>(next);
  for (auto* stream : {&fed}) {
    stream->push(1);
    stream->push_end();
  }
  unordered.push_end();
  for (const int value : fed) sum += value;
  CHECK(sum == 14);
  CHECK_FALSE(unordered.next());
  group.wait();
  CHECK(ran == 15);
  const tp_group_stats_t stats = group.stats();
  CHECK(stats.completed == 24);
  CHECK(stats.failed == 1);
  CHECK(stats.queued + stats.running == 0);
}

TEST_CASE("a group goes into options as it is, by address, and as a C group", "[cpp]") {
  TestPool pool(2);
  tp::Group group(pool);
  tp::options<> how;
  for (const tp::GroupRef ref : {tp::GroupRef(group), tp::GroupRef(&group),
                                 tp::GroupRef(group.capi()), tp::GroupRef(nullptr)}) {
    how.group = ref;
    CHECK(pool.map(next, numbers(3), how).size() == 3);
  }
  CHECK(group.stats().completed == 3);
  TestPool other(2);
  how.group = group;
  CHECK(status_of([&] { other.map(next, numbers(3), how); }) == TP_EINVAL);
}

TEST_CASE("the end of a group waits for its jobs", "[cpp]") {
  std::atomic<int> ran{0};
  TestPool pool;
  {
    tp::Group group(pool, serial());
    group.pause();
    for (int i = 0; i < 50; ++i) group.apply_async(tp::forget, [&ran] { ++ran; });
    CHECK_FALSE(group.wait(kShort));
    CHECK(ran == 0);
  }
  CHECK(ran == 50);
}

TEST_CASE("an exception that leaves the scope cancels the jobs of its group", "[cpp]") {
  support::Arrivals started;
  std::atomic<int> ran{0};
  TestPool pool;
  CHECK(oops_of([&] {
          tp::Group group(pool, serial());
          group.apply_async(tp::forget, [&started] { run_until_stopped(started); });
          for (int i = 0; i < 50; ++i) group.apply_async(tp::forget, [&ran] { ++ran; });
          started.wait(1);
          throw Oops(7);
        }) == 7);
  CHECK(ran == 0);
  pool.wait_idle();
}

TEST_CASE("a group that is made while an exception is handled waits as any other", "[cpp]") {
  std::atomic<int> ran{0};
  TestPool pool(2);
  struct CleanUp {
    ~CleanUp() {
      tp::Group group(pool);
      for (int i = 0; i < 10; ++i) group.apply_async(tp::forget, [this] { ++ran; });
    }
    TestPool& pool;
    std::atomic<int>& ran;
  };
  CHECK(oops_of([&] {
          const CleanUp clean_up{pool, ran};
          throw Oops(1);
        }) == 1);
  CHECK(ran == 10);
}

TEST_CASE("a group that ends inside one of its own jobs is only cancelled", "[cpp]") {
  TestPool pool;
  support::Gate made;
  auto group = std::make_unique<tp::Group>(pool, serial());
  auto outer = group->apply_async([&] {
    made.wait();
    group.reset();
  });
  auto queued = group->apply_async([] { FAIL("a cancelled job ran"); });
  made.open();
  outer.get();
  CHECK_THROWS_AS(queued.get(), tp::Canceled);
}

TEST_CASE("a group is moved, and an empty one is refused", "[cpp]") {
  std::atomic<int> ran{0};
  TestPool pool(2);
  tp::Group group(pool);
  tp::Group moved(std::move(group));
  CHECK(group.capi() == nullptr);  // NOLINT(bugprone-use-after-move)
  CHECK(status_of([&] { group.apply_async(next, 1); }) == TP_EINVAL);
  CHECK(status_of([&] { group.wait(); }) == TP_EINVAL);
  moved.apply_async(tp::forget, [&ran] { ++ran; });
  moved = tp::Group(pool);
  CHECK(ran == 1);
  CHECK(moved.stats().completed == 0);
}

TEST_CASE("a job that waits for its own group, or for its successor, is told", "[cpp]") {
  TestPool pool;
  tp::Group group(pool, serial());
  auto job = group.apply_async([&group] {
    const int own = status_of([&] { group.wait(); });
    const int successor = status_of([&] { group.apply([] {}); });
    return std::pair(own, successor);
  });
  CHECK(job.get() == std::pair(int{TP_EDEADLK}, int{TP_EDEADLK}));
}

TEST_CASE("a group outlives its pool", "[cpp]") {
  std::optional<tp::ThreadPool> pool(std::in_place, std::size_t{2});
  tp::Group group(*pool);
  auto result = group.apply_async(next, 1);
  pool->close();
  pool->join();
  CHECK_THROWS_AS(group.apply_async(next, 1), tp::PoolNotRunning);
  CHECK_THROWS_AS(group.pause(), tp::PoolNotRunning);
  CHECK_THROWS_AS(tp::Group(*pool), tp::PoolNotRunning);
  pool.reset();
  group.wait();
  group.cancel();
  group.resume();
  CHECK(result.get() == 2);
  CHECK(group.stats().completed == 1);
}
