// SPDX-License-Identifier: MIT
// The options of a job, and how they are written.
#include "test_pool.hpp"

using namespace counted;

namespace {

static_assert(std::is_aggregate_v<tp::options<>>);
static_assert(std::is_aggregate_v<tp::pool_options>);
using Made = decltype(tp::make_options(same));
static_assert(std::is_same_v<decltype(Made::error_callback), std::nullptr_t>);

// The worker of each item, and the order in which the items started.
struct Trace {
  std::vector<int> workers;
  std::vector<int> order;
};

Trace trace_map(tp::ThreadPool& pool, int n, const tp::options<>& how) {
  Trace trace;
  std::mutex mutex;
  const auto task = [&](int item) {
    const std::lock_guard<std::mutex> lock(mutex);
    trace.order.push_back(item);
    return tp_worker_index();
  };
  trace.workers = pool.map(task, numbers(n), how);
  return trace;
}

}  // namespace

TEST_CASE("items of a chunk run in a row on one worker", "[cpp]") {
  TestPool pool;
  tp::options<> by_ten;
  by_ten.chunksize = 10;
  const Trace trace = trace_map(pool, 100, by_ten);
  for (std::size_t i = 0; i < 100; ++i) CHECK(trace.workers[i] == trace.workers[i / 10 * 10]);
  std::vector<int> last(10, -1);
  bool in_a_row = true;
  for (int item : trace.order) {
    int& before = last[static_cast<std::size_t>(item / 10)];
    in_a_row = in_a_row && item == (before < 0 ? item / 10 * 10 : before + 1);
    before = item;
  }
  CHECK(in_a_row);
}

TEST_CASE("a map that fails fast skips what has not started", "[cpp]") {
  std::atomic<int> runs{0};
  TestPool pool(1);
  tp::options<> fast;
  fast.fail_fast = true;
  fast.chunksize = 1;
  const auto task = [&runs](int n) {
    ++runs;
    if (n == 3) throw Oops(n);
  };
  CHECK_THROWS_AS(pool.map(task, numbers(100), fast), Oops);
  CHECK(runs == 4);
  CHECK_THROWS_AS(pool.map_async(task, numbers(100), fast).get(), Oops);
  CHECK(runs == 8);
}

TEST_CASE("options are used again", "[cpp]") {
  TestPool pool(2);
  int sum = 0;
  auto how = tp::make_options([&sum](int n) { sum += n; });
  pool.apply_async(how, same, 1).wait();
  pool.apply_async(how, same, 2).wait();
  CHECK(sum == 3);
  const tp::options<> chunks = {2, 8, false, false, nullptr, nullptr};
  CHECK(pool.map(same, numbers(5), chunks) == numbers(5));
  const auto stream = pool.imap(same, numbers(5), chunks);
  for (int n : numbers(5)) CHECK(stream.next() == n);
}

#if __cplusplus >= 202002L
TEST_CASE("options are written by name", "[cpp]") {
  TestPool pool(2);
  const std::vector<std::tuple<int>> rows{{1}, {2}};
  CHECK(pool.map(same, numbers(20), {.chunksize = 10}) == numbers(20));
  CHECK(pool.map_async(same, numbers(20), {.chunksize = 3, .fail_fast = true}).get() ==
        numbers(20));
  CHECK(pool.starmap(same, rows, {.chunksize = 1}) == std::vector<int>{1, 2});
  CHECK(pool.starmap_async(same, rows, {.chunksize = 1}).get() == std::vector<int>{1, 2});
  std::vector<int> values;
  for (auto&& value : pool.imap(same, numbers(20), {.chunksize = 2, .buffersize = 4}))
    values.push_back(value);
  CHECK(values == numbers(20));
  CHECK(pool.imap_unordered(same, numbers(1), {.buffersize = TP_UNBOUNDED}).next() == 0);
}
#endif
