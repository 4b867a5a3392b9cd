// SPDX-License-Identifier: MIT
// A done callback may call everything, and end its thread: nothing hangs and nothing is lost.
#include "support/test.hpp"

using namespace support;

namespace {

// A job that is held up by a gate, with a value that is counted when it is dropped.
struct Held {
  Held()
      : task([this](const void*, std::atomic<int>** value) {
          gate.wait();
          return *value = &drops, 0;
        }) {
    task.value_drop = [](void* value) { ++**static_cast<std::atomic<int>**>(value); };
  }

  void submit(tp_pool_t* pool, const tp_job_options_t* options = nullptr) {
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, options, result.out()) == TP_OK);
  }

  Gate gate;
  std::atomic<int> drops{0};
  Task<void, std::atomic<int>*> task;
  Result result;
};

}  // namespace

TEST_CASE("A done callback may submit a job and wait for it and for its callback") {
  Odd odd;
  Job first_job, second_job;
  first_job.listen();
  int waited = 1;
  Arrivals called;
  second_job.listen();
  tp_pool_t* handle = nullptr;
  Done done([&](tp_result_t*) {
    const int item = 1;
    Result second;
    if (tp_pool_apply_async(handle, &odd, &item, &second_job, second.out()) != TP_OK) return;
    waited = second.wait();
    called.arrive();
  });
  Held first;
  Pool pool(worker_counts());
  handle = pool;
  first.submit(pool, &first_job);
  done.listen(first.result);
  first.gate.open();
  called.wait(1);
  pool.finish();
  CHECK(waited == TP_OK);
  CHECK(second_job.successes == 1);
}

TEST_CASE("Others run the callback strand while a done callback of a job with a callback blocks") {
  Gate go_on;
  Odd odd;
  Job first_job, second_job;
  first_job.listen();
  second_job.listen([&](tp_result_t*) { go_on.open(); });
  Done done([&](tp_result_t*) { go_on.wait(); });
  Held first;
  Pool pool(2);
  first.submit(pool, &first_job);
  done.listen(first.result);
  first.gate.open();
  go_on.await(1);
  Result second = apply_item(pool, odd, 1, &second_job);
  CHECK(second.wait() == TP_OK);
  CHECK(second_job.successes == 1);
}

TEST_CASE("Callbacks that came due meanwhile run after a done callback on one worker") {
  Odd odd;
  Listening job;
  Arrivals called;
  tp_pool_t* handle = nullptr;
  Done done([&](tp_result_t*) {
    const int item = 1;
    for (int i = 0; i < 10; ++i) tp_pool_apply_async(handle, &odd, &item, &job, nullptr);
    called.arrive();
  });
  Held first;
  Pool pool(1);
  handle = pool;
  first.submit(pool, &job);
  done.listen(first.result);
  first.gate.open();
  called.wait(1);
  pool.finish();
  CHECK(job.successes == 11);
}

TEST_CASE("A done callback waits for a task that waits for the callback's job") {
  std::atomic<int> inner{1}, outer{1};
  Held first;
  Step waiting([&] { inner = first.result.wait(); });
  Result second;
  Done done([&](tp_result_t*) { outer = second.wait(); });
  Pool pool(3);
  first.submit(pool);
  first.gate.await(1);  // else the task that waits for it may run it, and the callback, on top of itself
  REQUIRE(tp_pool_apply_async(pool, &waiting, nullptr, nullptr, second.out()) == TP_OK);
  done.listen(first.result);
  first.gate.open();
  pool.finish();
  CHECK(inner == TP_OK);
  CHECK(outer == TP_OK);
}

TEST_CASE("With manual callbacks done callbacks run on the thread that makes the job ready") {
  Listening job;
  std::thread::id where;
  Arrivals called;
  Done done([&](tp_result_t*) {
    where = std::this_thread::get_id();
    called.arrive();
  });
  Held plain, listened;
  Pool pool(pool_options(2, TP_POOL_MANUAL_CALLBACKS));
  plain.submit(pool);
  listened.submit(pool, &job);
  done.listen(plain.result);
  plain.gate.open();
  CHECK(plain.result.wait() == TP_OK);
  called.wait(1);
  CHECK(where != std::this_thread::get_id());
  done.listen(listened.result);
  listened.gate.open();
  CHECK(listened.result.wait() == TP_OK);
  called.wait(2);
  CHECK(job.successes == 1);
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("A done callback may destroy the pool") {
  const bool hosted = GENERATE(false, true);
  const bool cancels = GENERATE(false, true);
  CAPTURE(hosted, cancels);
  Gone gone;
  tp_pool_t* handle = nullptr;
  Done done([&](tp_result_t*) { tp_pool_destroy(handle); });
  Done later;
  Held first;
  Odd odd;
  tp_pool_options_t options = pool_options(1, hosted ? TP_POOL_NO_THREADS : 0);
  gone.watch(options);
  Pool pool(options);
  handle = pool;
  if (!hosted) first.submit(pool);
  Result queued = apply_item(pool, odd, 1);
  done.listen(queued);
  later.listen(queued);
  handle = pool.give_away();
  std::thread host;
  if (cancels) CHECK(tp_result_cancel(queued) == TP_OK);
  first.gate.open();
  if (hosted && !cancels)
    host = std::thread([&] { tp_worker_enter(handle, nullptr, kLong, nullptr); });
  gone.wait();
  if (host.joinable()) host.join();
  CHECK(later.calls == 1);
  CHECK(queued.get() == (cancels ? TP_ECANCELED : TP_OK));
}

TEST_CASE("A done callback that ends its thread loses none of the others") {
  const int ending = GENERATE(0, 1, 2);
  const bool last_handle = GENERATE(false, true);
  CAPTURE(ending, last_handle);
  Done quiet;
  Done lethal([](tp_result_t*) { pthread_exit(nullptr); });
  Held first;
  Pool pool(worker_counts());
  first.submit(pool);
  for (int i = 0; i < 3; ++i) (i == ending ? lethal : quiet).listen(first.result);
  if (last_handle) first.result.release();
  first.gate.open();
  pool.finish();
  CHECK(quiet.calls == 2);
  CHECK(lethal.calls == 1);
  CHECK(first.drops == (last_handle ? 1 : 0));
}

TEST_CASE("A done callback ends an outside thread that cancels and the others run on a worker") {
  Job job;
  const bool listened = GENERATE(false, true);
  if (listened) job.listen();
  Done quiet;
  Done lethal([](tp_result_t*) { pthread_exit(nullptr); });
  Held queued;
  Pool pool(1);
  std::thread canceller;
  {
    Busy busy(pool, 1);
    queued.submit(pool, &job);
    lethal.listen(queued.result);
    quiet.listen(queued.result);
    std::thread([&] { tp_result_cancel(queued.result); }).join();
    CHECK(queued.result.get() == TP_ECANCELED);
    CHECK(quiet.calls == 0);
  }
  pool.finish();
  CHECK(quiet.calls == 1);
  CHECK(job.failures == (listened ? 1 : 0));
}

TEST_CASE("A done callback of a job that ends with its thread runs on another") {
  Gate added;
  Step lethal([&] {
    added.wait();
    pthread_exit(nullptr);
  });
  int status = 0;
  Done done([&](tp_result_t* result) { status = tp_result_get(result, 0, nullptr); });
  Pool pool(worker_counts());
  Result result = apply_async(pool, lethal);
  done.listen(result);
  added.open();
  pool.finish();
  CHECK(done.calls == 1);
  CHECK(status == TP_ELOST);
}
