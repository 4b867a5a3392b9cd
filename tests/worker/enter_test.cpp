// SPDX-License-Identifier: MIT
// Threads of the host that serve as workers, and tasks without a function.
#include "support/test.hpp"

using namespace support;

namespace {

tp_pool_options_t hosted(std::size_t workers) { return pool_options(workers, TP_POOL_NO_THREADS); }

// value = 3 * item, by whoever dispatches.
int triple(void*, const void* item, void* value) {
  *static_cast<int*>(value) = 3 * *static_cast<const int*>(item);
  return 0;
}

tp_task_t without_function() {
  tp_task_t task{};
  task.size = sizeof task;
  task.item_size = task.value_size = sizeof(int);
  return task;
}

// Threads that serve until the pool ends.
class Servers {
 public:
  Servers(tp_pool_t* pool, std::size_t count) : statuses_(count) {
    for (int& status : statuses_)
      threads_.emplace_back(
          [pool, &status] { status = tp_worker_enter(pool, triple, TP_FOREVER, nullptr); });
  }
  ~Servers() { join(); }
  std::vector<int> join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return statuses_;
  }

 private:
  std::vector<int> statuses_;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("A pool without threads runs nothing until somebody enters") {
  Odd odd;
  Pool pool(hosted(worker_counts()));
  Result result = apply_item(pool, odd, 4);
  CHECK(tp_result_wait(result, kShort) == TP_ETIMEDOUT);
  CHECK(stats_of(pool).workers == 0);
  std::size_t ran = 0;
  CHECK(tp_worker_enter(pool, nullptr, 0, &ran) == TP_OK);
  CHECK(ran == 1);
  CHECK(*result.values<int>() == 9);
}

TEST_CASE("A thread that enters is a worker, and none when it is out again") {
  int index = -2;
  tp_pool_t* inside = nullptr;
  Pool pool(hosted(2));
  Step task([&] {
    index = tp_worker_index();
    inside = tp_worker_pool();
  });
  forget(pool, task);
  REQUIRE(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  CHECK(index == 0);
  CHECK(inside == pool);
  CHECK(tp_worker_index() == -1);
  CHECK(tp_worker_pool() == nullptr);
}

TEST_CASE("Threads that enter serve maps, streams and nested calls until the pool ends") {
  const std::size_t workers = worker_counts();
  Pool pool(hosted(workers));
  Servers servers(pool, workers);
  std::vector<int> items = range(1000), values(1000);
  Odd odd;
  Task<int, int> nested([&](const int* x, int* y) { return tp_pool_apply(pool, &odd, x, y); });
  REQUIRE(tp_pool_map(pool, &nested, items.data(), values.data(), 1000, nullptr) == TP_OK);
  CHECK(values == odds(1000));
  Numbers source(500);
  Result stream = imap(pool, odd, source);
  CHECK(values_of(stream) == odds(500));
  pool.finish();
  CHECK(servers.join() == std::vector<int>(workers, TP_END));
}

TEST_CASE("Tasks without a function run by the dispatch of the worker that serves") {
  const std::size_t workers = worker_counts();
  Pool pool(hosted(workers));
  Servers servers(pool, workers);
  const tp_task_t task = without_function();
  int item = 5, value = 0;
  REQUIRE(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(value == 15);
  std::vector<int> items = range(300), values(300), triples(300);
  std::transform(items.begin(), items.end(), triples.begin(), [](int x) { return 3 * x; });
  REQUIRE(tp_pool_map(pool, &task, items.data(), values.data(), 300, nullptr) == TP_OK);
  CHECK(values == triples);
  Numbers source(300);
  Result stream = imap(pool, task, source);
  CHECK(values_of(stream) == triples);
  Result result = apply_item(pool, task, item);
  CHECK(*result.values<int>() == 15);
  pool.finish();
}

TEST_CASE(
    "A task without a function is refused by a pool with threads, and fails without a dispatch") {
  const tp_task_t task = without_function();
  const int item = 1;
  Result result;
  Pool threads(2);
  CHECK(tp_pool_apply_async(threads, &task, &item, nullptr, result.out()) == TP_EINVAL);
  Pool pool(hosted(2));
  REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
  REQUIRE(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_result_error(result))).find("dispatch") !=
        std::string::npos);
}

TEST_CASE("A caller that helps leaves tasks without a function to workers") {
  Pool pool(pool_options(2, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS));
  const tp_task_t task = without_function();
  int item = 2, value = 0;
  Odd odd;
  REQUIRE(tp_pool_apply(pool, &odd, &item, &value) == TP_OK);  // by this thread
  CHECK(value == 5);
  Servers servers(pool, 1);
  REQUIRE(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(value == 6);
  pool.finish();
}

TEST_CASE("A 0 that a task does not confirm is a failure, with a message") {
  bool confirms = false;
  Task<int, int> task([&](const int* x, int* y) {
    *y = *x;
    if (confirms && tp_task_confirm() != TP_OK) return 1;
    return 0;
  });
  task.flags = TP_TASK_CONFIRM;
  const bool helps = GENERATE(true, false);
  Pool pool(pool_options(2, helps ? TP_POOL_CALLER_HELPS : 0));
  int item = 7, value = 0;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_ETASK);
  CHECK(std::string(tp_error_message(tp_last_error())).find("tp_task_confirm") !=
        std::string::npos);
  std::vector<int> items(10, 1), values(10);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 10, nullptr) == TP_ETASK);
  Result result = apply_item(pool, task, item);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETASK);
  confirms = true;
  CHECK(tp_pool_apply(pool, &task, &item, &value) == TP_OK);
  CHECK(value == 7);
  CHECK(tp_pool_map(pool, &task, items.data(), values.data(), 10, nullptr) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &task, &item, nullptr, result.out()) == TP_OK);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_OK);
  CHECK(tp_task_confirm() == TP_EINVAL);
}

TEST_CASE("A confirmation counts for one item") {
  Task<int, int> task([&](const int* x, int* y) {
    *y = *x;
    if (*x == 0) tp_task_confirm();
    return 0;
  });
  task.flags = TP_TASK_CONFIRM;
  Pool pool(1);
  const int items[3] = {0, 1, 0};
  int values[3];
  CHECK(tp_pool_map(pool, &task, items, values, 3, nullptr) == TP_ETASK);
  CHECK(tp_error_index(tp_last_error()) == 1);
}

TEST_CASE("As many threads may be inside as the pool has workers") {
  HeldStep task;
  Pool pool(hosted(2));
  apply_times(pool, task, 2);
  Servers servers(pool, 2);
  task.gate.await(2);
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_EAGAIN);
  CHECK(stats_of(pool).workers == 2);
  task.gate.open();
  pool.finish();
}

TEST_CASE("enter ends with its time, and may be called again") {
  std::size_t ran = 9;
  Pool pool(hosted(1));
  CHECK(tp_worker_enter(pool, nullptr, kShort, &ran) == TP_OK);
  CHECK(ran == 0);
  CHECK(tp_worker_enter(pool, nullptr, kShort, nullptr) == TP_OK);
  pool.finish();
  CHECK(tp_worker_enter(pool, nullptr, kLong, &ran) == TP_END);
}

TEST_CASE("While a host's thread ends a job that was due, another one gets new work") {
  const bool exits = GENERATE(false, true);
  for (int round = 0; round < 10; ++round) {
    Gate gate;
    tp_pool_t* handle = nullptr;
    Step next([] {});
    Listening due([&](tp_result_t*) {
      if (exits) pthread_exit(nullptr);
      gate.wait();
    });
    due.start_after = 2 * kLong;
    due.deadline = 1e-4;
    Step first([&] {
      tp_pool_apply_async(handle, &next, nullptr, &due, nullptr);
      const auto past = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      while (std::chrono::steady_clock::now() < past) {
      }
    });
    Pool pool(hosted(2));
    handle = pool;
    Servers servers(pool, 2);
    await_others_asleep();
    CHECK(apply_async(pool, first).wait() == TP_OK);
    await("the callback", [&] { return due.failures == 1; });
    CHECK(apply_async(pool, next).wait() == TP_OK);
    gate.open();
    pool.finish();
  }
}

TEST_CASE("enter is refused where it makes no sense") {
  int in_task = 1;
  Pool threads(2);
  CHECK(tp_worker_enter(threads, nullptr, 0, nullptr) == TP_EINVAL);
  CHECK(tp_worker_enter(nullptr, nullptr, 0, nullptr) == TP_EINVAL);
  Pool pool(hosted(2));
  CHECK(tp_worker_enter(pool, nullptr, std::numeric_limits<double>::quiet_NaN(), nullptr) ==
        TP_EINVAL);
  Step task([&] { in_task = tp_worker_enter(pool, nullptr, 0, nullptr); });
  forget(pool, task);
  REQUIRE(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  CHECK(in_task == TP_EDEADLK);
}

TEST_CASE("A worker of one pool may enter another one") {
  int inner = -1, outer_before = -1, outer_after = -1;
  Pool second(hosted(1));
  Step in_second([&] { inner = tp_worker_index(); });
  Pool first(3);
  Step in_first([&] {
    outer_before = tp_worker_index();
    tp_pool_apply_async(second, &in_second, nullptr, nullptr, nullptr);
    tp_worker_enter(second, nullptr, 0, nullptr);
    outer_after = tp_worker_index();
  });
  REQUIRE(tp_pool_apply(first, &in_first, nullptr, nullptr) == TP_OK);
  CHECK(inner == 0);
  CHECK(outer_after == outer_before);
}

TEST_CASE("Initializer and finalizer run for each entering, on the thread that enters") {
  std::vector<std::thread::id> initialized, finalized;
  const auto begin = [&] { return initialized.push_back(std::this_thread::get_id()), 0; };
  const auto end = [&] { finalized.push_back(std::this_thread::get_id()); };
  const PoolHooks options(hosted(1), begin, end);
  Pool pool(options);
  for (int i = 0; i < 2; ++i) REQUIRE(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  const std::vector<std::thread::id> here(2, std::this_thread::get_id());
  CHECK(initialized == here);
  CHECK(finalized == here);
}

TEST_CASE("A failing initializer breaks a pool without threads") {
  tp_pool_options_t options = hosted(2);
  options.initializer = [](void*) { return 1; };
  Pool pool(options);
  Odd odd;
  Result result = apply_item(pool, odd, 1);
  CHECK(tp_worker_enter(pool, nullptr, kLong, nullptr) == TP_EINIT);
  CHECK(tp_result_get(result, kLong, nullptr) == TP_EINIT);
  CHECK(tp_worker_enter(pool, nullptr, kLong, nullptr) == TP_EINIT);
}

TEST_CASE("terminate ends what nobody serves, and sends those home who serve") {
  Patient endless;
  Odd odd;
  Pool pool(hosted(1));
  Result running = apply_async(pool, endless);
  Result queued = apply_item(pool, odd, 1);
  Servers servers(pool, 1);
  endless.started.wait(1);
  REQUIRE(tp_pool_terminate(pool) == TP_OK);
  CHECK(tp_result_get(queued, kLong, nullptr) == TP_ETERMINATED);
  REQUIRE(tp_pool_join(pool, kLong) == TP_OK);
  CHECK(servers.join() == std::vector<int>{TP_END});
  CHECK(running.get() == TP_OK);
}

TEST_CASE("A pool that nobody entered can be destroyed with its jobs") {
  Odd odd;
  const int item = 1;
  Result result;
  {
    Pool pool(hosted(worker_counts()));
    REQUIRE(tp_pool_apply_async(pool, &odd, &item, nullptr, result.out()) == TP_OK);
  }
  CHECK(tp_result_get(result, kLong, nullptr) == TP_ETERMINATED);
}

TEST_CASE("An entered thread that a task ends leaves its place to others") {
  Pool pool(hosted(1));
  Step leave([] { pthread_exit(nullptr); });
  Odd odd;
  Result lost = apply_async(pool, leave);
  Result next = apply_item(pool, odd, 1);
  std::thread([&] { tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr); }).join();
  CHECK(tp_result_get(lost, kLong, nullptr) == TP_ELOST);
  CHECK(stats_of(pool).workers == 0);
  REQUIRE(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
  CHECK(*next.values<int>() == 3);
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("A finalizer may end the entered thread that a task is ending") {
  static std::atomic<int> finalized;
  finalized = 0;
  tp_pool_options_t options = hosted(1);
  options.initializer = [](void*) { return 0; };
  options.finalizer = [](void*) { ++finalized, pthread_exit(nullptr); };
  Pool pool(options);
  Step leave([] { pthread_exit(nullptr); });
  for (int i = 1; i <= 3; ++i) {
    Result lost = apply_async(pool, leave);
    std::thread([&] { tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr); }).join();
    CHECK(tp_result_get(lost, kLong, nullptr) == TP_ELOST);
    CHECK(stats_of(pool).workers == 0);
    CHECK(finalized == i);
  }
}
#endif

TEST_CASE("Entered threads come and go while others submit, and each task runs once") {
  std::atomic<int> ran{0};
  std::atomic<bool> done{false};
  Step task([&] { ++ran; });
  Pool pool(hosted(3));
  ThreadGroup servers(3, [&](std::size_t i) {
    const double idle = 0.0001 * static_cast<double>(i);
    while (!done) tp_worker_enter(pool, nullptr, idle, nullptr);
  });
  apply_times(pool, task, 20'000);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(ran == 20'000);
  done = true;
  servers.join();
}

TEST_CASE("A task of an entered thread may destroy the pool") {
  tp_pool_t* pool = nullptr;
  const tp_pool_options_t options = hosted(2);
  REQUIRE(tp_pool_create(&options, &pool) == TP_OK);
  Step task([&] { tp_pool_destroy(pool); });
  forget(pool, task);
  CHECK(tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr) == TP_END);
}

TEST_CASE("Not more threads enter than there should be while others have yet to leave") {
  Gate gates[3];
  Task<int, void> task([&](const int* i, void*) { return gates[*i].wait(), 0; });
  Pool pool(hosted(3));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    forget_item(pool, task, i);
    threads.emplace_back([&] { tp_worker_enter(pool, nullptr, 0, nullptr); });
    gates[i].await(1);
  }
  REQUIRE(tp_pool_resize(pool, 1) == TP_OK);
  gates[0].open();
  threads[0].join();
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_EAGAIN);
  for (const int i : {1, 2}) {
    gates[i].open();
    threads[static_cast<std::size_t>(i)].join();
  }
  CHECK(tp_worker_enter(pool, nullptr, 0, nullptr) == TP_OK);
}

TEST_CASE("A host's pool that a callback destroys waits for the task that another thread runs") {
  const bool in_done = GENERATE(false, true);
  std::atomic<int> drops{0};
  tp_pool_t* handle = nullptr;
  HeldStep task;
  Step other([] {});
  Done done([&](tp_result_t*) { tp_pool_destroy(handle); });
  Job job;
  if (!in_done) job.listen([&](tp_result_t*) { tp_pool_destroy(handle); });
  tp_pool_options_t options = pool_options(2, TP_POOL_NO_THREADS | TP_POOL_CALLER_HELPS);
  options.arg = &drops;
  options.arg_drop = count_drop;
  Pool pool(options);
  Result running = apply_async(pool, task);
  int waited = 1;
  std::thread helper([&] { waited = running.wait(); });
  task.gate.await(1);
  Result cancelled = apply_async(pool, other, &job);
  if (in_done) done.listen(cancelled);
  handle = pool.give_away();
  CHECK(tp_result_cancel(cancelled) == TP_OK);
  CHECK(drops == 0);
  task.gate.open();
  helper.join();
  CHECK(waited == TP_OK);
  CHECK(drops == 1);
}
