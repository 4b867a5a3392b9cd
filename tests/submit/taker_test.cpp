// SPDX-License-Identifier: MIT
// A pool whose items are taken keeps every promise of a pool, but runs no item itself.
#include "support/taker.hpp"

#include "support/test.hpp"

using namespace support;

namespace {

TakenPool::Settings workers(std::size_t count) {
  TakenPool::Settings settings;
  settings.workers = count;
  return settings;
}

std::size_t n_workers(const tp_pool_t* pool) {
  std::size_t count = 0;
  REQUIRE(tp_pool_workers(pool, &count) == TP_OK);
  return count;
}

std::size_t progress_of(const tp_result_t* result) {
  std::size_t done = 0, total = 0;
  CHECK(tp_result_progress(result, &done, &total) == TP_OK);
  return done;
}

// The beginning of the last refusal's sentence.
bool refused_with(const char* beginning) {
  return std::string(tp_error_message(tp_last_error())).rfind(beginning, 0) == 0;
}

}  // namespace

TEST_CASE("The taker of a pool runs the items of every kind of job") {
  Odd odd;
  tp_pool_t* here = nullptr;
  Task<int, int> where([&](const int*, int* own) { return *own = tp_worker_pool() == here, 0; });
  TakenPool pool(workers(worker_counts()));
  here = pool;
  const std::vector<int> items = range(1000);
  std::vector<int> values(items.size());
  REQUIRE(tp_pool_map(pool, &odd, items.data(), values.data(), items.size(), nullptr) == TP_OK);
  CHECK(values == odds(items.size()));
  CHECK(pool.longest == 3);
  const Result mapped = map_async(pool, odd, items.data(), items.size());
  CHECK(std::equal(values.begin(), values.end(), mapped.values<int>()));
  int value = 1;
  REQUIRE(tp_pool_apply(pool, &odd, &items[7], &value) == TP_OK);
  CHECK(value == 15);
  CHECK(*apply_item(pool, odd, 8).values<int>() == 17);
  REQUIRE(tp_pool_apply(pool, &where, &items[7], &value) == TP_OK);
  CHECK(value == 0);  // no worker of the pool
  Numbers numbers(500);
  CHECK(values_of(imap(pool, odd, numbers)) == odds(500));
  Numbers again(500);
  std::vector<int> unordered = values_of(imap(pool, odd, again, nullptr, tp_pool_imap_unordered));
  std::sort(unordered.begin(), unordered.end());
  CHECK(unordered == odds(500));
  CHECK(pool.taken == 3003);
  CHECK(n_workers(pool) == 2);
}

TEST_CASE("The taker is told the level of each job") {
  Odd odd;
  TakenPool pool(workers(worker_counts()));
  const std::vector<int> items = range(10);
  for (const unsigned level : {TP_JOB_URGENT, TP_JOB_BACKGROUND, 0u}) {
    const Job job(level);
    map_async(pool, odd, items.data(), items.size(), &job).wait();
    CHECK(pool.level.exchange(99) == level);
    apply_item(pool, odd, 8, &job).wait();
    CHECK(pool.level.exchange(99) == level);
    Numbers numbers(10);
    CHECK(values_of(imap(pool, odd, numbers, &job)) == odds(10));
    CHECK(pool.level.exchange(99) == level);
    REQUIRE(tp_pool_apply_async(pool, &odd, &items[1], &job, nullptr) == TP_OK);
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(pool.level.exchange(99) == level);
  }
  int value = 0;
  REQUIRE(tp_pool_apply(pool, &odd, &items[7], &value) == TP_OK);
  CHECK(pool.level == 0);
}

TEST_CASE("Forgotten tasks are taken, too") {
  std::atomic<int> ran{0};
  Step step([&] { ++ran; });
  TakenPool pool(workers(worker_counts()));
  apply_times(pool, step, 300);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 300);
  CHECK(pool.taken == 300);
  CHECK(stats_of(pool).items == 300);
  CHECK(stats_of(pool).running == 0);
}

TEST_CASE("A taken item that fails is the job's failure, with what the taker said") {
  Task<int, int> third([](const int* x, int* y) {
    *y = *x;
    if (*x % 3 != 2) return 0;
    tp_task_set_error("taken away and failed", nullptr, nullptr);
    return *x;
  });
  TakenPool pool(workers(worker_counts()));
  const std::vector<int> items = range(100);
  std::vector<int> values(items.size());
  CHECK(tp_pool_map(pool, &third, items.data(), values.data(), items.size(), nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 2);
  CHECK(tp_error_code(tp_last_error()) == 2);
  CHECK(tp_error_message(tp_last_error()) == std::string("taken away and failed"));
  const Job keep(TP_JOB_KEEP_ERRORS);
  const Result kept = map_async(pool, third, items.data(), items.size(), &keep);
  REQUIRE(kept.get() == TP_OK);
  for (std::size_t i = 0; i < items.size(); ++i)
    CHECK(tp_result_item_status(kept, i) == (i % 3 == 2 ? TP_ETASK : TP_OK));
  Numbers numbers(100);
  const Result stream = imap(pool, third, numbers);
  for (int i = 0; i < 100; ++i)
    CHECK(tp_result_next(stream, kLong, values.data()) == (i % 3 == 2 ? TP_ETASK : TP_OK));
  CHECK(tp_result_next(stream, kLong, values.data()) == TP_END);
}

TEST_CASE("A taker without room gets nothing until it has room") {
  HeldTask<int, int> held;
  TakenPool pool(workers(worker_counts()));
  const std::vector<int> items = range(100);
  const Result result = map_async(pool, held, items.data(), items.size());
  await("a full taker", [&] { return pool.taken >= 4 * 3; });
  CHECK(pool.taken <= 5 * 3);
  CHECK(stats_of(pool).running == static_cast<std::uint64_t>(pool.taken.load()));
  held.gate.open();
  CHECK(result.get() == TP_OK);
  CHECK(pool.taken == 100);
}

TEST_CASE("Of a pool whose items are taken as many workers are busy as items are out") {
  HeldTask<int, int> held;
  tp_task_t shape{};
  shape.size = sizeof shape;
  tp_promise_t* promise = nullptr;
  Result kept;
  TakenPool pool;
  REQUIRE(tp_promise_create(pool, &shape, &promise, kept.out()) == TP_OK);
  CHECK(stats_of(pool).running == 1);
  CHECK(stats_of(pool).busy == 0);  // nobody runs a promise
  const Result result = apply_item(pool, held, 1);
  held.gate.await(1);
  CHECK(stats_of(pool).busy == 1);
  held.gate.open();
  CHECK(result.get() == TP_OK);
  tp_promise_release(promise);
  CHECK(stats_of(pool).busy == 0);
  REQUIRE(tp_pool_close(pool) == TP_OK);
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).workers == 0);
}

TEST_CASE("What the taker has not begun ends with a cancelled job") {
  HeldTask<int, void> held;
  TakenPool pool(workers(worker_counts()));
  const std::vector<int> items = range(100);
  const Result result = map_async(pool, held, items.data(), items.size());
  Numbers numbers;
  const Result stream = imap(pool, held, numbers);
  await("taken items", [&] { return pool.taken >= 4; });  // of the stream maybe one at a time
  REQUIRE(tp_result_cancel(result) == TP_OK);
  REQUIRE(tp_result_cancel(stream) == TP_OK);
  held.gate.open();
  CHECK(result.get() == TP_ECANCELED);
  CHECK(tp_result_wait(stream, kLong) == TP_OK);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(stats_of(pool).running == 0);
  CHECK(stats_of(pool).cancelled == 2);
}

TEST_CASE("Taken items that come back while terminate still ends others are terminated, too") {
  HeldTask<int, int> held;
  const std::vector<int> items = range(4);
  Gate dropping;
  Step queued([] {});
  queued.ctx = &dropping;
  queued.ctx_drop = [](void* gate) { static_cast<Gate*>(gate)->wait(); };
  TakenPool::Settings settings = workers(1);  // else items are taken one by one
  settings.threads = 1;
  settings.most = 1;
  TakenPool pool(settings);
  const Result result = map_async(pool, held, items.data(), items.size());
  await("a pool without room", [&] { return pool.taken == 3 && pool.refusals > 0; });
  held.gate.await(1);
  REQUIRE(tp_pool_apply_async(pool, &queued, nullptr, nullptr, nullptr) == TP_OK);
  std::thread terminating([&] { tp_pool_terminate(pool); });
  dropping.await(1);
  held.gate.open();
  await("what has come back", [&] { return progress_of(result) == 3; });
  dropping.open();
  terminating.join();
  CHECK(result.get() == TP_ETERMINATED);
  CHECK(tp_result_item_status(result, 0) == TP_OK);
  for (std::size_t i = 1; i < 4; ++i) CHECK(tp_result_item_status(result, i) == TP_ETERMINATED);
}

TEST_CASE("terminate ends what was not taken at once, and join waits for the rest") {
  HeldTask<int, int> held;
  const std::vector<int> items = range(100);
  TakenPool pool(workers(worker_counts()));
  const Result result = map_async(pool, held, items.data(), items.size());
  await("taken items", [&] { return pool.taken >= 4 * 3; });
  held.gate.await(2);  // each thread has begun one
  const Result late = map_async(pool, held, items.data(), items.size());
  const Result single = apply_item(pool, held, 1);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  CHECK(late.get() == TP_ETERMINATED);
  CHECK(tp_pool_join(pool, kShort) == TP_ETIMEDOUT);
  held.gate.open();
  CHECK(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(result.get() == TP_ETERMINATED);
  CHECK(single.wait() == TP_OK);
}

TEST_CASE(
    "Taken calls that have not begun when their pool is terminated or cancelled end with that") {
  HeldTask<int, int> held;
  TakenPool pool(workers(worker_counts()));
  const bool cancels = GENERATE(false, true);
  const int cut = cancels ? TP_ECANCELED : TP_ETERMINATED;
  std::vector<Result> results;
  for (int i = 0; i < 4; ++i) results.push_back(apply_item(pool, held, i));
  await("taken calls", [&] { return pool.taken == 4; });
  held.gate.await(2);  // each thread has begun one
  REQUIRE((cancels ? tp_pool_cancel(pool) : tp_pool_terminate(pool)) == TP_OK);
  if (cancels) REQUIRE(tp_pool_close(pool) == TP_OK);
  held.gate.open();
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  int begun = 0;
  for (const Result& result : results) {
    const int status = result.get();
    begun += status == TP_OK;
    CHECK((status == TP_OK || status == cut));
  }
  CHECK(begun == 2);
  CHECK(stats_of(pool).items == 2);
}

TEST_CASE(
    "A thread that ends while it hands out leaves the rest of what it has claimed to others") {
  Odd odd;
  TakenPool pool(workers(worker_counts()));
  pool.ends_at = 2;
  Numbers numbers(500);
  CHECK(values_of(imap(pool, odd, numbers)) == odds(500));
  CHECK(pool.ends_at < 0);
}

TEST_CASE("Each item of a taken stream is dropped once, and so is each value that nobody reads") {
  Live live;
  Task<Tracked, Tracked> copy([&](const Tracked* x, Tracked* y) {
    Tracked::make(y, live, x->number);
    return x->number % 5 == 4 ? (Tracked::drop(y), 1) : 0;
  });
  copy.item_move = copy.value_move = Tracked::move;
  copy.item_drop = copy.value_drop = Tracked::drop;
  int made = 0;
  Source<Tracked> source(
      [&](Tracked* item) { return made == 200 ? 0 : (Tracked::make(item, live, made++), 1); });
  TakenPool pool(workers(worker_counts()));
  SECTION("read") {
    const Result stream = imap(pool, copy, source);
    alignas(Tracked) char value[sizeof(Tracked)];
    for (int status; (status = tp_result_next(stream, kLong, value)) != TP_END;)
      if (status == TP_OK) Tracked::drop(value);
  }
  SECTION("released") {
    imap(pool, copy, source).release();
    REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
    CHECK(made == 200);
  }
  SECTION("cancelled") {
    const Result stream = imap(pool, copy, source);
    REQUIRE(tp_result_cancel(stream) == TP_OK);
    CHECK(stream.wait() == TP_OK);
  }
}

TEST_CASE("A paused pool hands out nothing, and what is out ends") {
  HeldTask<int, int> held;
  TakenPool pool(workers(worker_counts()));
  const Result first = apply_item(pool, held, 1);
  await("a taken item", [&] { return pool.taken == 1; });
  REQUIRE(tp_pool_pause(pool) == TP_OK);
  const Result second = apply_item(pool, held, 2);
  held.gate.open();
  CHECK(first.get() == TP_OK);
  CHECK(tp_result_wait(second, kShort) == TP_ETIMEDOUT);
  CHECK(pool.taken == 1);
  REQUIRE(tp_pool_resume(pool) == TP_OK);
  CHECK(second.get() == TP_OK);
}

TEST_CASE("A pool whose items are taken refuses what would stay elsewhere") {
  Odd odd;
  TakenPool pool;
  pool.refused = odd.fn;
  int value = 0;
  const int item = 1;
  CHECK(tp_pool_apply(pool, &odd, &item, &value) == TP_ENOTSUP);
  CHECK(tp_error_message(tp_last_error()) == std::string("task.fn is refused"));
  CHECK(tp_pool_apply_async(pool, &odd, &item, nullptr, nullptr) == TP_ENOTSUP);
  CHECK(tp_pool_for(pool, empty_range, nullptr, 1, nullptr) == TP_ENOTSUP);
  CHECK(refused_with("tp_pool_for does not run in a cluster's pool"));
  Result result;
  CHECK(tp_pool_for_async(pool, empty_range, nullptr, 1, nullptr, result.out()) == TP_ENOTSUP);
  CHECK(refused_with("tp_pool_for_async does not run"));
  CHECK(tp_pool_resize(pool, 3) == TP_ENOTSUP);
  CHECK(refused_with("the pool is a cluster's"));
  CHECK(pool.taken == 0);
}

TEST_CASE(
    "A pool that runs taken items can't be ended by them, nor may they wait for the pool they came "
    "from") {
  Pool local(2);
  TakenPool pool;
  Odd odd;
  tp_seam_lead(local, pool);
  CHECK(tp_pool_close(local) == TP_ENOTSUP);
  CHECK(refused_with("the pool runs the items of a cluster's pool"));
  CHECK(tp_pool_terminate(local) == TP_ENOTSUP);
  CHECK(tp_pool_pause(local) == TP_ENOTSUP);
  CHECK(tp_pool_resize(local, 1) == TP_ENOTSUP);
  CHECK(tp_pool_destroy_within(local, kLong) == TP_ENOTSUP);
  tp_pool_destroy(local);
  HeldTask<int, int> held;
  const Result out = apply_item(pool, held, 1);
  Result fed;
  int waited = 0, applied = 0, idle = 0;
  const int item = 3;
  int value = 0;
  Step step([&] {
    waited = tp_result_wait(out, kLong);
    applied = tp_pool_apply(pool, &odd, &item, &value);
    idle = tp_pool_wait_idle(pool, kLong);
  });
  CHECK(tp_pool_apply(local, &step, nullptr, nullptr) == TP_OK);
  CHECK(waited == TP_EDEADLK);
  CHECK(applied == TP_EDEADLK);
  CHECK(idle == TP_EDEADLK);
  held.gate.open();
  CHECK(out.get() == TP_OK);
  tp_seam_lead(local, nullptr);
}

TEST_CASE("A hook that ends its worker leaves what has come back to another one") {
  std::atomic<int> dropped{0};
  static std::atomic<int>* drops;
  drops = &dropped;
  Task<int, int> task([](const int* x, int* y) { return *y = *x, 0; });
  task.item_drop = [](void* item) {
    ++*drops;
    if (*static_cast<int*>(item) % 10 == 3) pthread_exit(nullptr);
  };
  TakenPool pool(workers(worker_counts()));
  Numbers numbers(60);
  const std::vector<int> values = values_of(imap(pool, task, numbers));
  CHECK(values == range(60));
  CHECK(dropped == 60);
}
