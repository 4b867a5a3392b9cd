// SPDX-License-Identifier: MIT
// A pool with max_pending: submits from outside wait for room, or say that there is none.
#include "support/test.hpp"

using namespace support;

namespace {

tp_pool_options_t bounded(std::size_t workers, std::size_t max_pending) {
  tp_pool_options_t options = pool_options(workers);
  options.max_pending = max_pending;
  return options;
}

// A thread that submits one job and is known to sleep in the call.
class Waiter {
 public:
  Waiter(tp_pool_t* pool, const tp_task_t* task)
      : thread_([this, pool, task] {
          id_ = gettid();
          status_ = tp_pool_apply_async(pool, task, nullptr, nullptr, nullptr);
        }) {
    await_sleep(id_);
  }

  int join() {
    thread_.join();
    return status_;
  }

  bool returned() const { return status_ != kNone; }

 private:
  static constexpr int kNone = 99;
  std::atomic<pid_t> id_{0};
  std::atomic<int> status_{kNone};
  std::thread thread_;
};

}  // namespace

TEST_CASE("A submit beyond max_pending waits for room") {
  std::atomic<int> ran{0};
  Step task([&] { ++ran; });
  Pool pool(bounded(1, 2));
  Busy busy(pool, 1);
  forget(pool, task);
  Waiter waiter(pool, &task);
  CHECK(!waiter.returned());
  CHECK(stats_of(pool).submitted == 2);
  busy.open();
  CHECK(waiter.join() == TP_OK);
  pool.finish();
  CHECK(ran == 2);
}

TEST_CASE("With TRY a submit without room is refused, and runs no hook") {
  Live items;
  Task<Tracked, int> task([](const Tracked*, int*) { return 0; });
  task.item_move = Tracked::move;
  task.item_drop = Tracked::drop;
  task.count_drops();
  Pool pool(bounded(2, 2));
  Busy busy(pool, 2);
  Tracked item;
  Tracked::make(&item, items, 0);
  Job job(TP_JOB_TRY);
  job.listen();
  Result result;
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_EAGAIN);
  CHECK(result == nullptr);
  CHECK(item.alive());
  CHECK(task.drops == 0);
  CHECK(stats_of(pool).submitted == 2);
  busy.end();
  CHECK(tp_pool_apply_async(pool, &task, &item, &job, result.out()) == TP_OK);
  CHECK(result.get() == TP_OK);
}

TEST_CASE("With TRY every kind of submit says that there is no room") {
  Odd task;
  Numbers source(1);
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  Job job(TP_JOB_TRY);
  int item = 0, value = 0;
  Result result;
  CHECK(tp_pool_map(pool, &task, &item, &value, 1, &job) == TP_EAGAIN);
  CHECK(tp_pool_for(pool, empty_range, nullptr, 1, &job) == TP_EAGAIN);
  CHECK(tp_pool_map_async(pool, &task, &item, 1, &job, result.out()) == TP_EAGAIN);
  CHECK(tp_pool_for_async(pool, empty_range, nullptr, 1, &job, result.out()) == TP_EAGAIN);
  CHECK(tp_pool_imap(pool, &task, source.pull, &source, &job, result.out()) == TP_EAGAIN);
  CHECK(tp_pool_imap_unordered(pool, &task, source.pull, &source, &job, result.out()) == TP_EAGAIN);
  CHECK(source.pulled == 0);
}

TEST_CASE("With UNBOUNDED every kind of submit is accepted by a full pool and counts") {
  Odd task;
  Numbers source(1);
  std::atomic<int> ran{0};
  Step step([&] { ++ran; });
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  Job job(TP_JOB_UNBOUNDED);
  const int item = 0;
  CHECK(tp_pool_apply_async(pool, &step, nullptr, &job, nullptr) == TP_OK);
  CHECK(tp_pool_map_async(pool, &task, &item, 1, &job, nullptr) == TP_OK);
  CHECK(tp_pool_for_async(pool, empty_range, nullptr, 1, &job, nullptr) == TP_OK);
  CHECK(tp_pool_imap(pool, &task, source.pull, &source, &job, nullptr) == TP_OK);
  CHECK(stats_of(pool).submitted == 5);
  Job polite(TP_JOB_TRY);
  CHECK(tp_pool_apply_async(pool, &step, nullptr, &polite, nullptr) == TP_EAGAIN);
  Waiter waiter(pool, &step);
  busy.open();
  CHECK(waiter.join() == TP_OK);
  pool.finish();
  CHECK(ran == 2);
}

TEST_CASE("UNBOUNDED and TRY are not for one job, and UNBOUNDED is refused after close") {
  Step task([] {});
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  Job job(TP_JOB_UNBOUNDED | TP_JOB_TRY);
  CHECK(tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) == TP_EINVAL);
  CHECK(tp_pool_close(pool) == TP_OK);
  job.flags = TP_JOB_UNBOUNDED;
  CHECK(tp_pool_apply_async(pool, &task, nullptr, &job, nullptr) == TP_ECLOSED);
}

TEST_CASE("Workers never wait for room") {
  std::atomic<int> ran{0}, refused{0};
  Step leaf([&] { ++ran; });
  Step task([&] {
    for (int i = 0; i < 10; ++i) {
      if (tp_pool_apply_async(tp_worker_pool(), &leaf, nullptr, nullptr, nullptr) != TP_OK)
        ++refused;
    }
  });
  Pool pool(bounded(worker_counts(), 1));
  CHECK(tp_pool_apply(pool, &task, nullptr, nullptr) == TP_OK);
  pool.finish();
  CHECK(refused == 0);
  CHECK(ran == 10);
}

TEST_CASE("Never more than max_pending jobs of outside threads are accepted and not ended") {
  const std::size_t workers = worker_counts();
  std::atomic<int> accepted{0}, ended{0}, most{0}, refused{0};
  Step task([&] { ++ended; });
  Pool pool(bounded(workers, 3));
  in_threads(3, [&] {
    for (int k = 0; k < 200; ++k) {
      if (tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) != TP_OK) ++refused;
      // Both numbers err towards fewer pending jobs than there are.
      const int pending = ++accepted - ended;
      int seen = most;
      while (pending > seen && !most.compare_exchange_weak(seen, pending)) {
      }
    }
  });
  pool.finish();
  CHECK(refused == 0);
  CHECK(ended == 600);
  CHECK(most <= 3);
}

TEST_CASE("A submit that waits for room ends with the admission: it is refused") {
  Step task([] {});
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  Waiter waiter(pool, &task);
  SECTION("close") { CHECK(tp_pool_close(pool) == TP_OK); }
  SECTION("terminate") { CHECK(tp_pool_terminate(pool) == TP_OK); }
  CHECK(waiter.join() == TP_ECLOSED);
  CHECK(stats_of(pool).submitted == 1);
}

TEST_CASE("A submit that waits for room in a pool that breaks is refused with TP_EINIT") {
  Gate gate;
  const PoolHooks options(bounded(1, 1), [&] { return gate.wait(), 1; });
  Step task([] {});
  Pool pool(options);
  Result first = apply_async(pool, task);
  Waiter waiter(pool, &task);
  gate.open();
  CHECK(waiter.join() == TP_EINIT);
  CHECK(first.get() == TP_EINIT);
}

TEST_CASE("A cancelled job makes room") {
  Step task([] {});
  Pool pool(bounded(1, 2));
  Busy busy(pool, 1);
  Result queued = apply_async(pool, task);
  Waiter waiter(pool, &task);
  CHECK(tp_result_cancel(queued) == TP_OK);
  CHECK(waiter.join() == TP_OK);
}

TEST_CASE("A submit waits for room until its deadline and is then refused") {
  Odd odd;
  odd.count_drops();
  Job job;
  job.deadline = kShort;
  job.listen();
  const int items[] = {1, 2};
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  tp_result_t* result = reinterpret_cast<tp_result_t*>(&job);
  CHECK(tp_pool_apply_async(pool, &odd, items, &job, &result) == TP_ETIMEDOUT);
  CHECK(result == nullptr);
  CHECK(tp_pool_map_async(pool, &odd, items, 2, &job, nullptr) == TP_ETIMEDOUT);
  job.callback = job.error_callback = nullptr;
  int values[2];
  CHECK(tp_pool_map(pool, &odd, items, values, 2, &job) == TP_ETIMEDOUT);
  CHECK(stats_of(pool).submitted == 1);
  busy.open();
  pool.finish();
  CHECK(odd.drops == 0);
  CHECK(job.failures == 0);
}

TEST_CASE("A larger bound, or none, lets those who wait go on") {
  Step task([] {});
  Pool pool(bounded(1, 1));
  Busy busy(pool, 1);
  Waiter waiter(pool, &task);
  CHECK(!waiter.returned());
  SECTION("larger") { CHECK(tp_pool_set_max_pending(pool, 2) == TP_OK); }
  SECTION("none") { CHECK(tp_pool_set_max_pending(pool, 0) == TP_OK); }
  CHECK(waiter.join() == TP_OK);
}

TEST_CASE("A smaller bound, or the first one, counts the jobs that were accepted before") {
  Step task([] {});
  Pool pool(bounded(1, GENERATE(0u, 5u)));
  Busy busy(pool, 1);
  for (int i = 0; i < 4; ++i) forget(pool, task);
  CHECK(tp_pool_set_max_pending(pool, 2) == TP_OK);
  Job polite(TP_JOB_TRY);
  CHECK(tp_pool_apply_async(pool, &task, nullptr, &polite, nullptr) == TP_EAGAIN);
  Waiter waiter(pool, &task);
  CHECK(stats_of(pool).submitted == 5);
  busy.open();
  CHECK(waiter.join() == TP_OK);
  CHECK(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(tp_pool_apply_async(pool, &task, nullptr, &polite, nullptr) == TP_OK);
  CHECK(tp_pool_set_max_pending(pool, 0) == TP_OK);
  forget(pool, task);
  pool.finish();
  CHECK(stats_of(pool).completed == 8);
}

TEST_CASE("The first bound holds for submits from many threads while tasks end") {
  const std::size_t workers = worker_counts();
  std::atomic<int> accepted{0}, ended{0}, most{0}, refused{0};
  Step task([&] { ++ended; });
  Pool pool(bounded(workers, 0));
  for (int i = 0; i < 100; ++i) {
    forget(pool, task);
    ++accepted;
  }
  CHECK(tp_pool_set_max_pending(pool, 3) == TP_OK);
  await("room", [&] { return ended >= 98; });
  in_threads(3, [&] {
    for (int k = 0; k < 200; ++k) {
      if (tp_pool_apply_async(pool, &task, nullptr, nullptr, nullptr) != TP_OK) ++refused;
      const int pending = ++accepted - ended;  // errs towards fewer
      int seen = most;
      while (pending > seen && !most.compare_exchange_weak(seen, pending)) {
      }
    }
  });
  pool.finish();
  CHECK(refused == 0);
  CHECK(ended == 700);
  CHECK(most <= 3);
}
