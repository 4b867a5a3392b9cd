// SPDX-License-Identifier: MIT
// fork at any moment of the parent's life: whatever other threads had locked then, the child's own calls go on.
#include "process/all_kinds.hpp"
#include "stress/race.hpp"

using namespace support;

namespace {

int live(std::size_t workers) {
  const tp_pool_options_t options = pool_options(workers);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return __LINE__;
  const int wrong = call_all_kinds(pool);
  tp_pool_destroy(pool);
  return wrong;
}

struct Inherited {
  tp_pool_t* pool;
  tp_result_t* result;
  tp_completed_t* completed;
};

int child(const Inherited& inherited) {
  alarm(20);
  std::size_t index = 0;
  int wrong = 0;
  if (tp_pool_wait_idle(inherited.pool, kLong) != TP_EFORKED) wrong = __LINE__;
  if (tp_result_wait(inherited.result, kLong) != TP_EFORKED) wrong = __LINE__;
  if (tp_completed_next(inherited.completed, kLong, &index) != TP_EFORKED) wrong = __LINE__;
  if (!wrong) wrong = live(2);
  tp_completed_release(inherited.completed);
  tp_result_release(inherited.result);
  tp_pool_destroy(inherited.pool);
  if (!wrong) wrong = live(1);
  if (wrong) std::fprintf(stderr, "fork_hammer_test.cpp:%d\n", wrong);
  return wrong != 0;
}

}  // namespace

TEST_CASE("a fork while others make all kinds of calls leaves the child nothing that is locked") {
  if (kEmulated) return;  // a child of fork that starts a thread crashes there
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  Pool pool(2);
  Odd odd;
  Result result = apply_item(pool, odd, 1);
  const Completed completed({result});
  REQUIRE(completed != nullptr);
  ThreadGroup users(3, [&](std::size_t i) {
    // the last one with threads that come and go
    while (!stop) wrong += (i == 2 ? live(2) : call_all_kinds(pool)) != 0;
  });
  const Inherited inherited{pool, result, completed};
  int failed = 0;
  for (std::size_t i = 0; i < stress::rounds(40); ++i)
    failed += in_child_of_running([&] { return child(inherited); }) != 0;
  stop = true;
  users.join();
  CHECK(failed == 0);
  CHECK(wrong == 0);
  pool.finish();
}

TEST_CASE("a fork in a task or a callback leaves the child a thread of its own") {
  if (kEmulated) return;
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0}, called{0};
  Pool pool(3);
  Odd odd;
  Result result = apply_item(pool, odd, 1);
  const Completed completed({result});
  REQUIRE(completed != nullptr);
  std::thread user([&] {
    while (!stop) call_all_kinds(pool);  // its callbacks take turns with the one that forks
  });
  const Inherited inherited{pool, result, completed};
  struct Forking {
    const Inherited& inherited;
    std::atomic<int>& failed;
    std::atomic<int>& called;
    static void run(void* self, tp_result_t*) {
      auto& forking = *static_cast<Forking*>(self);
      forking.failed +=
          in_child_of_running([&] {
            if (tp_worker_index() != -1 || tp_worker_pool() || tp_task_stop_requested()) return 2;
            return child(forking.inherited);
          }) != 0;
      ++forking.called;
    }
  } forking{inherited, failed, called};
  Step task([&] { Forking::run(&forking, nullptr); });
  tp_job_options_t options{};
  options.size = sizeof options;
  options.callback = Forking::run;
  options.user = &forking;
  apply_times(pool, task, 5, &options);
  await("all forks", [&] { return called == 10; });
  stop = true;
  user.join();
  CHECK(failed == 0);
  pool.finish();
}
