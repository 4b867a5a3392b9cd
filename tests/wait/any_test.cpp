// SPDX-License-Identifier: MIT
// tp_wait_any keeps to the rules of all waits, inside tasks and callbacks, too.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A task whose wait_any names its own job alone is refused") {
  Gate submitted;
  Result own;
  std::atomic<int> waited{1};
  Step task([&] {
    submitted.wait();
    tp_result_t* twice[] = {own, own};
    std::size_t index = 0;
    waited = tp_wait_any(twice, 2, TP_FOREVER, &index);
  });
  Pool pool(worker_counts());
  REQUIRE(tp_pool_apply_async(pool, &task, nullptr, nullptr, own.out()) == TP_OK);
  submitted.open();
  CHECK(own.get() == TP_OK);
  CHECK(waited == TP_EDEADLK);
}

TEST_CASE("A wait_any inside a callback runs the callbacks that came due meanwhile") {
  Gate in_callback;
  std::atomic<pid_t> sleeper{0};
  std::atomic<int> waited{1}, inner_wait{1};
  Step nothing([] {});
  Job inner_job, outer_job;
  inner_job.listen();
  Step waiting([&] {
    in_callback.wait();
    await_sleep(sleeper);
    Result inner;
    tp_pool_apply_async(tp_worker_pool(), &nothing, nullptr, &inner_job, inner.out());
    inner_wait = tp_result_wait(inner, TP_FOREVER);
  });
  Result awaited;
  outer_job.listen([&](tp_result_t*) {
    in_callback.open();
    tp_result_t* twice[] = {awaited, awaited};
    std::size_t index = 0;
    sleeper = gettid();
    waited = tp_wait_any(twice, 2, kLong, &index);
  });
  Pool pool(2);
  REQUIRE(tp_pool_apply_async(pool, &waiting, nullptr, nullptr, awaited.out()) == TP_OK);
  in_callback.await(1);  // else the callback's wait would run that task itself
  Result called = apply_async(pool, nothing, &outer_job);
  CHECK(called.wait() == TP_OK);
  CHECK(awaited.wait() == TP_OK);
  CHECK(waited == TP_OK);
  CHECK(inner_wait == TP_OK);
  CHECK(inner_job.successes == 1);
}
