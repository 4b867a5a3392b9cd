// SPDX-License-Identifier: MIT
// Errors and numbers of a job stay true whatever happens beside it.
#include "support/test.hpp"

using namespace support;

namespace {

// A map whose item 1 fails with a payload, and whose item 2 then goes on in `then`. Its callback
// fails with a payload, too.
struct Failing {
  int submit(tp_pool_t* pool) {
    job.chunksize = 1;
    job.listen(
        [this](tp_result_t*) { tp_task_set_error("callback", &callback_payloads, count_drop); });
    const int status =
        tp_pool_map_async(pool, &task, items.data(), items.size(), &job, result.out());
    submitted.open();
    return status;
  }

  // Looks at the item's error, which from then on has to live as long as the result.
  void look() {
    submitted.wait();
    await("item 1 to fail", [this] { return tp_result_error(result) != nullptr; });
    looked.open();
  }

  int run(const int* x) {
    if (*x == 1) return tp_task_set_error("item", &item_payloads, count_drop), 1;
    if (*x == 2) {
      looked.wait();
      then();
    }
    return 0;
  }

  std::function<void()> then;
  std::vector<int> items{0, 1, 2, 3, 4, 5};
  std::atomic<int> item_payloads{0}, callback_payloads{0};
  Gate submitted, looked;
  Task<int, void> task{[this](const int* x, void*) { return run(x); }};
  Job job;
  Result result;
};

}  // namespace

TEST_CASE("Two jobs that the pool's break ends both keep the errors they had") {
  Failing outer, inner;
  Gate breaking, broken;
  std::atomic<int> status{1}, workers{0};
  outer.then = [&] {
    status = inner.submit(tp_worker_pool());
    tp_result_wait(inner.result, TP_FOREVER);
  };
  inner.then = [&] { broken.wait(); };
  // the second worker's initializer fails, which breaks the pool
  const PoolHooks options(pool_options(2),
                          [&] { return workers++ == 0 ? 0 : (breaking.wait(), 7); });
  {
    Pool pool(options);
    REQUIRE(outer.submit(pool) == TP_OK);
    outer.look();
    inner.look();
    breaking.open();
    await("the pool to break", [&] { return stats_of(pool).state == 4; });
    broken.open();
    CHECK(outer.result.wait() == TP_OK);
    CHECK(inner.result.wait() == TP_OK);
  }
  for (Failing* job : {&inner, &outer}) {
    CHECK(job->item_payloads == 0);
    job->result.release();
    CHECK(job->item_payloads == 1);
    CHECK(job->callback_payloads == 1);
  }
  CHECK(status == TP_OK);
}

TEST_CASE("progress never says more done than there is") {
  std::atomic<bool> stop{false};
  HeldStep task;
  Pool pool(1);
  Result result = apply_async(pool, task);
  task.gate.await(1);
  std::thread canceller([&] {
    while (!stop) tp_result_cancel(result);
  });
  int wrong = 0;
  for (int i = 0; i < 200000; ++i) {
    std::size_t done = 0, total = 0;
    tp_result_progress(result, &done, &total);
    if (done > total || total != 1) ++wrong;
  }
  stop = true;
  canceller.join();
  task.gate.open();
  CHECK(wrong == 0);
}

TEST_CASE("unobserved may destroy the pool that was joined: arg is dropped") {
  struct Context {
    tp_pool_t* pool;
    std::atomic<int> reports, drops;
  } context{nullptr, {0}, {0}};
  Task<void, void> task([](const void*, void*) { return 1; });
  tp_pool_options_t options = pool_options(worker_counts());
  options.arg = &context;
  options.unobserved = [](void* arg, const tp_error_t*) {
    ++static_cast<Context*>(arg)->reports;
    tp_pool_destroy(static_cast<Context*>(arg)->pool);
  };
  options.arg_drop = [](void* arg) { ++static_cast<Context*>(arg)->drops; };
  Pool pool(options);
  Result result = apply_async(pool, task);
  REQUIRE(result.wait() == TP_OK);
  pool.finish();
  context.pool = pool.give_away();
  result.release();
  CHECK(context.reports == 1);
  CHECK(context.drops == 1);
}
