// SPDX-License-Identifier: MIT
// A forked child may destroy and release what it inherited; all else is refused.
#include "support/test.hpp"

using namespace support;

TEST_CASE("In a forked child every call on an inherited pool is refused, destroy forgets it") {
  const std::size_t workers = worker_counts();
  Odd task;
  Listening job;
  Pool pool(workers);
  Busy busy(pool, workers);
  const int item = 3;
  Result queued = apply_item(pool, task, item, &job);

  const int failed = in_child([&] {
    int value = 0, wrong = 0;
    std::size_t count = 0;
    wrong += tp_pool_apply(pool, &task, &item, &value) != TP_EFORKED;
    wrong += tp_error_status(tp_last_error()) != TP_EFORKED;
    wrong += tp_pool_close(pool) != TP_EFORKED;
    wrong += tp_pool_join(pool, TP_FOREVER) != TP_EFORKED;
    wrong += tp_pool_workers(pool, &count) != TP_EFORKED;
    wrong += tp_result_wait(queued, TP_FOREVER) != TP_EFORKED;
    wrong += tp_result_cancel(queued) != TP_EFORKED;
    tp_result_release(queued.give_away());
    tp_pool_destroy(pool.give_away());
    return wrong + job.failures + job.successes;
  });
  CHECK(failed == 0);

  busy.end();
  CHECK(*queued.values<int>() == 7);
  CHECK(job.successes == 1);
}

TEST_CASE("A fork inside a task leaves the parent's job as it was") {
  std::atomic<int> child{-1};
  Task<void, int> task([&](const void*, int* value) {
    child = in_child([] {
      int any = 0;
      Odd odd;
      return tp_pool_apply(tp_worker_pool(), &odd, &any, &any) == TP_OK ? 1 : 0;
    });
    return *value = 4, 0;
  });
  Pool pool(worker_counts());
  int value = 0;
  CHECK(tp_pool_apply(pool, &task, nullptr, &value) == TP_OK);
  CHECK(child == 0);
  CHECK(value == 4);
}

TEST_CASE("A forked child may have a pool of its own") {
  if (kThreadSanitizer || kEmulated) {
    WARN("not tried: no threads in the child of a process that had some");
    return;
  }
  Odd task;
  Pool pool(2);
  Busy busy(pool, 2);
  const int failed = in_child([&] {
    tp_pool_t* own = nullptr;
    const tp_pool_options_t options = pool_options(2);
    if (tp_pool_create(&options, &own) != TP_OK) return 1;
    int wrong = 0;
    for (int i = 0; i < 100; ++i) {
      int value = 0;
      wrong += tp_pool_apply(own, &task, &i, &value) != TP_OK || value != 2 * i + 1;
    }
    tp_pool_destroy(pool.give_away());
    wrong += tp_pool_close(own) != TP_OK || tp_pool_join(own, kLong) != TP_OK;
    tp_pool_destroy(own);
    return wrong == 0 ? 0 : 2;
  });
  CHECK(failed == 0);
}
