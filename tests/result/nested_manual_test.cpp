// SPDX-License-Identifier: MIT
// tp_pool_run_callbacks inside a callback, as a modal dialog with an event loop of its own calls it.
#include "support/test.hpp"

using namespace support;

namespace {

struct Manual : Pool {
  explicit Manual(std::size_t workers, std::uint32_t flags = 0)
      : Pool(pool_options(workers, TP_POOL_MANUAL_CALLBACKS | flags)) {
    REQUIRE(tp_pool_fd(*this, &fd) == TP_OK);
  }

  bool is_readable(int timeout_ms = 0) const {
    pollfd one{fd, POLLIN, 0};
    return poll(&one, 1, timeout_ms) == 1;
  }

  // Submits a job that does nothing, and waits until its callback is due.
  void make_due(const Job& job) {
    // also on threads where nothing may be asserted
    if (tp_pool_apply_async(*this, &nothing, nullptr, &job, nullptr) != TP_OK) give_up("a submit");
    if (!is_readable(60'000)) give_up("a callback to be due");
  }

  Step nothing{[] {}};
  int fd = -1;
};

std::size_t few_workers() { return GENERATE(as<std::size_t>{}, 1, 2, 4); }

}  // namespace

TEST_CASE(
    "run_callbacks inside a callback runs the others, in their order, and lowers the signal") {
  std::string order;
  std::size_t inner = 0, outer = 7;
  bool seen[4] = {};
  Job first, second, third, fourth;
  second.listen([&](tp_result_t*) { order += '2'; });
  third.listen([&](tp_result_t*) { order += '3'; });
  fourth.listen([&](tp_result_t*) { order += '4'; });
  Manual pool(few_workers());
  first.listen([&](tp_result_t*) {
    seen[0] = pool.is_readable();  // its own callback has begun: nothing else is due
    pool.make_due(second);
    pool.make_due(third);
    seen[1] = pool.is_readable();
    while (inner < 2) {  // the third may come a little later
      std::size_t ran = 0;
      CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_OK);
      inner += ran;
    }
    seen[2] = pool.is_readable();
    order += '1';
    pool.make_due(fourth);
    seen[3] = pool.is_readable();
  });
  pool.make_due(first);
  CHECK(tp_pool_run_callbacks(pool, 0, &outer) == TP_OK);
  CHECK(inner == 2);
  CHECK(outer == 2);
  CHECK(order == "2314");
  CHECK_FALSE(seen[0]);
  CHECK(seen[1]);
  CHECK_FALSE(seen[2]);
  CHECK(seen[3]);
  CHECK_FALSE(pool.is_readable());
}

TEST_CASE("Callbacks run each other's callbacks through several levels, each once") {
  constexpr int kLevels = 6;
  std::string order;
  std::size_t all_ran = 0;
  Job jobs[kLevels];
  Manual pool(few_workers());
  for (int i = 0; i < kLevels; ++i)
    jobs[i].listen([&, i](tp_result_t*) {
      order += static_cast<char>('a' + i);
      std::size_t ran = 0;
      if (i + 1 < kLevels) {
        CHECK(tp_pool_apply_async(pool, &pool.nothing, nullptr, &jobs[i + 1], nullptr) == TP_OK);
        CHECK(tp_pool_run_callbacks(pool, kLong, &ran) == TP_OK);  // waits in here
      }
      all_ran += ran;
      order += static_cast<char>('A' + i);
    });
  pool.make_due(jobs[0]);
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, 0, &ran) == TP_OK);
  CHECK(ran == 1);
  CHECK(all_ran == kLevels - 1);
  CHECK(order == "abcdefFEDCBA");
  for (const Job& job : jobs) CHECK(job.successes == 1);
  CHECK_FALSE(pool.is_readable());
}

TEST_CASE("run_callbacks inside a callback that another thread waits for leaves that its job") {
  int status = 1;
  Job first, second;
  second.listen();
  Manual pool(few_workers());
  first.listen([&](tp_result_t* own) {
    pool.make_due(second);
    status = tp_pool_run_callbacks(pool, 0, nullptr);
    CHECK(tp_result_ready(own) == 0);
  });
  Result result = apply_async(pool, pool.nothing, &first);
  CHECK(result.wait() == TP_OK);
  CHECK(status == TP_OK);
  CHECK(second.successes == 1);
}

TEST_CASE("run_callbacks inside a callback tells that none came, and that none will") {
  std::size_t ran = 7;
  int polled = 1, timed = 1, ended = 1, ended_later = 1;
  const bool runs = GENERATE(false, true);
  HeldStep blocked;
  Job job;
  Manual pool(few_workers());
  job.listen([&](tp_result_t*) {
    polled = tp_pool_run_callbacks(pool, 0, &ran);
    timed = tp_pool_run_callbacks(pool, kShort, nullptr);
    tp_pool_close(pool);
    std::thread opener([&] { blocked.gate.open(); });
    ended = tp_pool_run_callbacks(pool, kLong, nullptr);  // but for the own job all is done then
    ended_later = tp_pool_run_callbacks(pool, 0, nullptr);
    opener.join();
  });
  pool.make_due(job);
  if (runs) {
    forget(pool, blocked);
    blocked.gate.await(1);
  }
  CHECK(tp_pool_run_callbacks(pool, kLong, nullptr) == TP_OK);
  CHECK(polled == TP_OK);
  CHECK(ran == 0);
  CHECK(timed == TP_ETIMEDOUT);
  CHECK(ended == TP_END);
  CHECK(ended_later == TP_END);
  CHECK(tp_pool_run_callbacks(pool, kLong, nullptr) == TP_END);
}

TEST_CASE("run_callbacks is refused in a task or hook, also in one inside a callback") {
  int in_task = 1, in_helped = 1, in_done = 1;
  static int in_hook;
  static tp_pool_t* handle;
  in_hook = 1;
  Job job;
  Manual pool(2, TP_POOL_CALLER_HELPS);
  handle = pool;
  Step task([&] { in_task = tp_pool_run_callbacks(pool, 0, nullptr); });
  task.ctx_drop = [](void*) { in_hook = tp_pool_run_callbacks(handle, 0, nullptr); };
  Step helped([&] { in_helped = tp_pool_run_callbacks(pool, 0, nullptr); });
  Done done([&](tp_result_t*) { in_done = tp_pool_run_callbacks(pool, 0, nullptr); });
  job.listen([&](tp_result_t*) { tp_pool_apply(pool, &helped, nullptr, nullptr); });
  Result result = apply_async(pool, task, &job);
  done.listen(result);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(in_task == TP_EDEADLK);
  CHECK(in_hook == TP_EDEADLK);
  CHECK(in_helped == TP_EDEADLK);
  CHECK(in_done == TP_EDEADLK);
}

TEST_CASE("A nested callback that ends its thread leaves the others due, and their signal") {
  Job first, second, third;
  second.listen([](tp_result_t*) { pthread_exit(nullptr); });
  third.listen();
  Manual pool(few_workers());
  first.listen([&](tp_result_t*) {
    pool.make_due(second);
    pool.make_due(third);
    tp_pool_run_callbacks(pool, 0, nullptr);
  });
  pool.make_due(first);
  in_thread([&] { tp_pool_run_callbacks(pool, 0, nullptr); });
  CHECK(third.successes == 0);
  CHECK(pool.is_readable(60'000));
  std::size_t ran = 0;
  CHECK(tp_pool_run_callbacks(pool, 0, &ran) == TP_OK);
  CHECK(ran == 1);
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
  CHECK(first.successes + second.successes + third.successes == 3);
}
