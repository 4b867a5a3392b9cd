// SPDX-License-Identifier: MIT
// tp_as_completed: each result once, in the order of the ends, for one or many who ask.
#include "support/test.hpp"

using namespace support;

namespace {

std::vector<std::size_t> up_to(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

// So many jobs of one item.
std::vector<Result> submit(tp_pool_t* pool, const tp_task_t& task, int n) {
  std::vector<Result> results;
  for (int i = 0; i < n; ++i) results.push_back(apply_item(pool, task, 1));
  return results;
}

}  // namespace

TEST_CASE("Results are told of in the order in which they become ready") {
  std::array<Gate, 3> gates;
  Task<int, void> task(
      [&](const int* i, void*) { return gates[static_cast<std::size_t>(*i)].wait(), 0; });
  Pool pool(3), other(1);
  std::vector<Result> results(3);
  for (int i = 0; i < 3; ++i)
    REQUIRE(tp_pool_apply_async(i == 1 ? other : pool, &task, &i, nullptr,
                                results[static_cast<std::size_t>(i)].out()) == TP_OK);
  Completed completed(handles(results));
  CHECK(completed.next(0) == TP_ETIMEDOUT);
  CHECK(completed.next(kShort) == TP_ETIMEDOUT);
  for (const std::size_t i : {1u, 2u, 0u}) {
    gates[i].open();
    REQUIRE(completed.next(kLong) == TP_OK);
    CHECK(completed.index == i);
  }
  for (int again = 0; again < 3; ++again) CHECK(completed.next(kLong) == TP_END);
}

TEST_CASE("Results that are ready come in the order of the array and may repeat") {
  Odd odd;
  Pool pool(2);
  std::vector<Result> results = submit(pool, odd, 2);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  Completed completed({results[1], results[0], results[1], results[1]});
  CHECK(completed.rest() == up_to(4));
}

TEST_CASE("Nothing to wait for is the end at once") {
  Completed completed(std::vector<tp_result_t*>{});
  CHECK(completed.next(TP_FOREVER) == TP_END);
}

TEST_CASE("A result that repeats and is not ready is told of once for each place") {
  Gate gate;
  Step task([&] { gate.wait(); });
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  Completed completed({result, result, result});
  gate.open();
  CHECK(completed.rest() == up_to(3));
}

TEST_CASE("Every kind of job and every outcome is told of") {
  Numbers source(2000);
  Odd odd;
  const std::vector<int> items(100, 1);
  Pool pool(worker_counts());
  std::vector<Result> results(3);
  REQUIRE(tp_pool_map_async(pool, &odd, items.data(), 100, nullptr, results[0].out()) == TP_OK);
  Chunked unread(0, TP_UNBOUNDED);
  REQUIRE(tp_pool_imap(pool, &odd, source.pull, &source, &unread, results[1].out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &odd, items.data(), nullptr, results[2].out()) == TP_OK);
  CHECK(tp_result_cancel(results[2]) == TP_OK);
  Completed completed(handles(results));
  std::vector<std::size_t> order = completed.rest();
  std::sort(order.begin(), order.end());
  CHECK(order == up_to(3));
}

TEST_CASE("Many ask and each result goes to one of them") {
  constexpr int kMany = 2000;
  Odd odd;
  Pool pool(2);
  std::vector<Result> results = submit(pool, odd, kMany);
  Completed completed(handles(results));
  std::array<std::vector<std::size_t>, 4> shares;
  in_threads(4, [&](std::size_t i) { shares[i] = completed.rest(); });
  std::vector<std::size_t> all;
  for (const auto& share : shares) all.insert(all.end(), share.begin(), share.end());
  std::sort(all.begin(), all.end());
  CHECK(all == up_to(kMany));
}

TEST_CASE("A task runs the jobs whose ends it asks for") {
  const std::size_t workers = worker_counts();
  Odd odd;
  tp_pool_t* handle = nullptr;
  std::vector<std::size_t> order;
  Step task([&] {
    std::vector<Result> results(100);
    for (Result& result : results) {
      const int item = 1;
      if (tp_pool_apply_async(handle, &odd, &item, nullptr, result.out()) != TP_OK) return;
    }
    order = Completed(handles(results)).rest();
  });
  Pool pool(workers);
  handle = pool;
  REQUIRE(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  if (workers == 1) CHECK(order == up_to(100));
  std::sort(order.begin(), order.end());
  CHECK(order == up_to(100));
}

TEST_CASE("A thread that may help runs one job when it only looks") {
  Odd odd;
  Pool pool(pool_options(1, TP_POOL_CALLER_HELPS));
  Busy busy(pool, 1);
  std::vector<Result> results = submit(pool, odd, 3);
  Completed completed(handles(results));
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(completed.next(0) == TP_OK);
    CHECK(completed.index == i);
  }
  CHECK(completed.next(0) == TP_END);
}

TEST_CASE("A task that asks for its own end is refused") {
  Gate submitted;
  int found = 1;
  Result own;
  Step task([&] {
    submitted.wait();
    Completed completed({own, own});
    found = completed.next(kLong);
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, own.out()) == TP_OK);
  submitted.open();
  REQUIRE(own.wait() == TP_OK);
  CHECK(found == TP_EDEADLK);
}

TEST_CASE("A callback may ask for its own job and for others with callbacks") {
  Odd odd;
  Job job, other;
  other.listen();
  std::size_t count = 0;
  tp_pool_t* handle = nullptr;
  job.listen([&](tp_result_t* own) {
    Result second;
    const int item = 1;
    if (tp_pool_apply_async(handle, &odd, &item, &other, second.out()) != TP_OK) return;
    count = Completed({own, second}).rest().size();
  });
  Pool pool(worker_counts());
  handle = pool;
  Result first = apply_item(pool, odd, 1, &job);
  CHECK(first.wait() == TP_OK);
  CHECK(count == 2);
}

TEST_CASE("A job that its own callback took is not told of again when it is ready") {
  Gate gate;
  Step held([&] { gate.wait(); });
  Odd odd;
  Result first, second;
  std::optional<Completed> both;
  std::pair<int, std::size_t> taken{TP_EINVAL, 9};
  Listening job([&](tp_result_t* own) {
    both.emplace(std::vector<tp_result_t*>{own, second});
    taken.first = both->next(0);
    taken.second = both->index;
  });
  Pool holder(1), pool(worker_counts());
  REQUIRE(tp_pool_apply_async(holder, &held, nullptr, nullptr, second.out()) == TP_OK);
  const int item = 1;
  REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, first.out()) == TP_OK);
  REQUIRE(first.wait() == TP_OK);
  CHECK(taken == std::pair<int, std::size_t>{TP_OK, 0});
  gate.open();
  CHECK(both->rest() == std::vector<std::size_t>{1});
}

TEST_CASE("Who waits for the last one hears of the end when a callback takes it") {
  Odd odd;
  Gate waits;
  std::optional<Completed> one;
  std::atomic<pid_t> waiter{0};
  int taken = TP_EINVAL, told = TP_EINVAL;
  Listening job([&](tp_result_t*) {
    waits.wait();
    taken = one->next(0);
  });
  Pool pool(worker_counts());
  Result result = apply_item(pool, odd, 1, &job);
  one.emplace(std::vector<tp_result_t*>{result});
  std::thread thread([&] {
    waiter = gettid();
    std::size_t index = 0;
    told = tp_completed_next(*one, kLong, &index);
  });
  await_sleep(waiter);
  waits.open();
  thread.join();
  REQUIRE(result.wait() == TP_OK);  // the callback has returned
  CHECK(taken == TP_OK);
  CHECK(told == TP_END);
}

TEST_CASE("Who asks runs manual callbacks") {
  Odd odd;
  Listening job;
  Pool pool(pool_options(2, TP_POOL_MANUAL_CALLBACKS));
  std::vector<Result> results(20);
  for (Result& result : results) {
    const int item = 1;
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, &job, result.out()) == TP_OK);
  }
  Completed completed(handles(results));
  CHECK(completed.rest().size() == 20);
  CHECK(job.successes == 20);
}

TEST_CASE("The results live as long as the handle and the handle may go before their end") {
  std::atomic<int> drops{0};
  Gate gate;
  Task<void, std::atomic<int>*> task([&](const void*, std::atomic<int>** value) {
    gate.wait();
    return *value = &drops, 0;
  });
  task.value_drop = [](void* value) { ++**static_cast<std::atomic<int>**>(value); };
  const bool early = GENERATE(false, true);
  Pool pool(worker_counts());
  Result result = apply_async(pool, task);
  Completed completed({result, result});
  result.release();
  if (early) completed.release();
  gate.open();
  if (!early) {
    CHECK(completed.rest() == up_to(2));
    CHECK(drops == 0);
    completed.release();
  }
  pool.finish();
  CHECK(drops == 1);
}

namespace {

// A job whose value says when it is dropped.
struct Tells {
  Tells() {
    task.value_move = Tracked::move;
    task.value_drop = Tracked::drop;
  }

  int alive() const { return values.made - values.dropped; }

  Live values;
  Task<int, Tracked> task{
      [this](const int* i, Tracked* value) { return Tracked::make(value, values, *i), 0; }};
};

}  // namespace

TEST_CASE("What was told of goes with the caller's handle while others are still to come") {
  Tells tells;
  Gate gate;
  Step last([&] { gate.wait(); });
  Pool pool(worker_counts());
  std::vector<Result> results = submit(pool, tells.task, 50);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);  // no worker holds a job any more
  Result late = apply_async(pool, last);
  std::vector<tp_result_t*> watched = handles(results);
  watched.push_back(late);
  watched.push_back(results[49]);
  Completed completed(watched);
  for (int left = 50; left > 1; --left) {
    REQUIRE(completed.next(kLong) == TP_OK);
    CHECK(tells.alive() == left);
    results[completed.index].release();
    CHECK(tells.alive() == left - 1);
  }
  for (int times = 0; times < 2; ++times) REQUIRE(completed.next(kLong) == TP_OK);
  results[49].release();
  CHECK(tells.alive() == 0);
  gate.open();
  CHECK(completed.next(kLong) == TP_OK);
  CHECK(completed.next(kLong) == TP_END);
}

TEST_CASE("What the caller had released stays to the end") {
  Tells tells;
  Pool pool(2);
  std::vector<Result> results = submit(pool, tells.task, 10);
  const std::vector<tp_result_t*> watched = handles(results);
  Completed completed(watched);
  results.clear();
  for (int i = 0; i < 10; ++i) {
    REQUIRE(completed.next(kLong) == TP_OK);
    CHECK(tp_result_get(watched[completed.index], 0, nullptr) == TP_OK);
  }
  CHECK(tells.alive() == 10);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);  // no worker holds a job any more
  for (tp_result_t* result : watched) CHECK(tp_result_ready(result) == 1);
  completed.release();
  CHECK(tells.alive() == 0);
}

TEST_CASE("Threads that wait for the rest outlive what others were told of and released") {
  Odd odd;
  const bool inside = GENERATE(false, true), at_home = GENERATE(false, true);
  const tp_pool_options_t options =
      pool_options(worker_counts(), inside ? 0 : TP_POOL_CALLER_HELPS);
  Pool pool(options);
  Pool outer(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<Result> results = submit(pool, odd, 40);
    Completed completed(handles(results));
    std::atomic<int> told{0};
    const auto read = [&] {
      std::size_t index = 0;
      while (tp_completed_next(completed, kLong, &index) == TP_OK) {
        results[index].release();
        ++told;
      }
    };
    Step reads(read);
    if (inside) {
      CHECK(tp_pool_map(at_home ? pool : outer, &reads, nullptr, nullptr, 4, nullptr) == TP_OK);
    } else {
      in_threads(4, read);
    }
    CHECK(told == 40);
  }
}
