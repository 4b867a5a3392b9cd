// SPDX-License-Identifier: MIT
// Callbacks run while another callback waits.
#include "support/test.hpp"

using namespace support;

TEST_CASE("A callback that waits is still made to run callbacks after a nested one has waited") {
  Arrivals started;
  Gate slow_gate, late_gate, submitted;
  std::atomic<pid_t> outer_sleeper{0}, waiting_sleeper{0};
  std::atomic<int> outer_wait{1}, nested_wait{1};
  Result slow, waiting, late;
  Step nothing([] {});
  Step slow_task([&] { started.arrive(), slow_gate.wait(); });
  Step late_task([&] { late_gate.wait(); });
  Step waiting_task([&] {
    started.arrive();
    submitted.wait();
    waiting_sleeper = gettid();
    tp_result_wait(late, TP_FOREVER);
  });
  Job outer_job, nested_job, late_job;
  outer_job.listen([&](tp_result_t*) {
    outer_sleeper = gettid();
    outer_wait = tp_result_wait(waiting, kLong);
  });
  nested_job.listen([&](tp_result_t*) {
    started.arrive();
    nested_wait = tp_result_wait(slow, kLong);
  });
  late_job.listen();
  Pool pool(3);
  REQUIRE(tp_pool_apply_async(pool, &slow_task, nullptr, nullptr, slow.out()) == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &waiting_task, nullptr, nullptr, waiting.out()) == TP_OK);
  started.wait(2);
  Result outer = apply_async(pool, nothing, &outer_job);
  await_sleep(outer_sleeper);  // its thread is the third worker, so the next job stays queued
  Result nested = apply_async(pool, nothing, &nested_job);
  REQUIRE(tp_result_cancel(nested) == TP_OK);
  started.wait(3);
  await_sleep(outer_sleeper);
  slow_gate.open();
  REQUIRE(nested.wait() == TP_OK);
  REQUIRE(tp_pool_apply_async(pool, &late_task, nullptr, &late_job, late.out()) == TP_OK);
  // The first worker takes it; it has to end while the callback sleeps again.
  await("the late task to start", [&] { return stats_of(pool).queued == 0; });
  submitted.open();
  await_sleep(waiting_sleeper);
  await_sleep(outer_sleeper);
  late_gate.open();
  CHECK(outer.wait() == TP_OK);
  CHECK(outer_wait == TP_OK);
  CHECK(nested_wait == TP_OK);
  CHECK(late_job.successes == 1);
}
