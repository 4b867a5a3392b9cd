// SPDX-License-Identifier: MIT
// fork at any moment of the parent's life: whatever other threads had locked then, the child's own calls go on.
#include "stress/race.hpp"

using namespace support;

namespace {

void nothing(void*, tp_result_t*) {}

// All kinds of calls, also of those that take what is shared by the whole process. The line that failed, or 0.
int use(tp_pool_t* pool) {
  Odd odd;
  int items[50], values[50];
  for (int i = 0; i < 50; ++i) items[i] = i;
  if (tp_pool_map(pool, &odd, items, values, 50, nullptr) != TP_OK) return __LINE__;
  if (values[49] != 99) return __LINE__;
  Numbers source(50);
  tp_result_t* stream = nullptr;
  if (tp_pool_imap(pool, &odd, Numbers::pull, &source, nullptr, &stream) != TP_OK) return __LINE__;
  for (int i = 0; i < 50; ++i)
    if (tp_result_next(stream, kLong, values) != TP_OK) return __LINE__;
  tp_result_release(stream);
  tp_job_options_t late{};
  late.size = sizeof late;
  late.deadline = 1000;
  late.callback = nothing;
  tp_result_t* results[8] = {};
  for (int i = 0; i < 8; ++i)
    if (tp_pool_apply_async(pool, &odd, &i, &late, &results[i]) != TP_OK) return __LINE__;
  tp_completed_t* completed = nullptr;
  if (tp_as_completed(results, 8, &completed) != TP_OK) return __LINE__;
  std::size_t index = 0;
  for (int i = 0; i < 8; ++i)
    if (tp_completed_next(completed, kLong, &index) != TP_OK) return __LINE__;
  tp_completed_release(completed);
  for (tp_result_t* result : results) tp_result_release(result);
  // a task that waits for another, so that the wait is seen
  Step nested([&] {
    int one = 1, value = 0;
    tp_result_t* result = nullptr;
    if (tp_pool_apply_async(tp_worker_pool(), &odd, &one, nullptr, &result) != TP_OK) return;
    tp_result_wait(result, kLong);
    tp_result_release(result);
    tp_pool_apply(tp_worker_pool(), &odd, &one, &value);
  });
  if (tp_pool_apply(pool, &nested, nullptr, nullptr) != TP_OK) return __LINE__;
  return tp_pool_wait_idle(pool, kLong) == TP_OK ? 0 : __LINE__;
}

int live(std::size_t workers) {
  const tp_pool_options_t options = pool_options(workers);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return __LINE__;
  const int wrong = use(pool);
  tp_pool_destroy(pool);
  return wrong;
}

struct Inherited {
  tp_pool_t* pool;
  tp_result_t* result;
  tp_completed_t* completed;
};

[[maybe_unused]] int child(const Inherited& inherited) {
  alarm(20);
  std::size_t index = 0;
  int wrong = 0;
  if (tp_pool_wait_idle(inherited.pool, kLong) != TP_EFORKED) wrong = __LINE__;
  if (tp_result_wait(inherited.result, kLong) != TP_EFORKED) wrong = __LINE__;
  if (tp_completed_next(inherited.completed, kLong, &index) != TP_EFORKED) wrong = __LINE__;
  if (!kThreadSanitizer && !wrong) wrong = live(2);
  tp_completed_release(inherited.completed);
  tp_result_release(inherited.result);
  tp_pool_destroy(inherited.pool);
  if (!kThreadSanitizer && !wrong) wrong = live(1);
  if (wrong) std::fprintf(stderr, "fork_hammer_test.cpp:%d\n", wrong);
  return wrong != 0;
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__)  // its allocator may be locked by another thread at a fork
TEST_CASE("a fork while others make all kinds of calls leaves the child nothing that is locked") {
  if (kEmulated) return;  // a child of fork that starts a thread crashes there
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  Pool pool(2);
  Odd odd;
  Result result = apply_item(pool, odd, 1);
  const Completed completed({result});
  REQUIRE(completed != nullptr);
  std::vector<std::thread> users;
  for (int i = 0; i < 2; ++i)
    users.emplace_back([&] {
      while (!stop) wrong += use(pool) != 0;
    });
  users.emplace_back([&] {
    while (!stop) wrong += live(2) != 0;  // with threads that come and go
  });
  const Inherited inherited{pool, result, completed};
  int failed = 0;
  for (std::size_t i = 0; i < stress::rounds(40); ++i)
    failed += in_child([&] { return child(inherited); }) != 0;
  stop = true;
  for (std::thread& user : users) user.join();
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
    while (!stop) use(pool);  // its callbacks take turns with the one that forks
  });
  const Inherited inherited{pool, result, completed};
  struct Forking {
    const Inherited& inherited;
    std::atomic<int>& failed;
    std::atomic<int>& called;
    static void run(void* self, tp_result_t*) {
      auto& forking = *static_cast<Forking*>(self);
      forking.failed +=
          in_child([&] {
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
  for (int i = 0; i < 5; ++i)
    REQUIRE(tp_pool_apply_async(pool, &task, nullptr, &options, nullptr) == TP_OK);
  await("all forks", [&] { return called == 10; });
  stop = true;
  user.join();
  CHECK(failed == 0);
  pool.finish();
}
#endif
