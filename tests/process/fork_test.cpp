// SPDX-License-Identifier: MIT
// fork with a live pool: the child may only let go of what it inherited.
#include "stress/race.hpp"

using namespace support;

namespace {

Step nothing([] {});

// What the parent has when it forks.
struct Inherited {
  tp_pool_t* pool;
  tp_pool_t* hosted;  // with a descriptor
  tp_result_t* result;
  tp_result_t* stream;
};

// The line of the first call that does not refuse; 0 when all do.
int ask_for_pool(tp_pool_t* pool) {
  tp_pool_stats_t stats{};
  stats.size = sizeof stats;
  std::size_t workers = 0;
  tp_result_t* result = nullptr;
  Numbers source(1);
  if (tp_pool_close(pool) != TP_EFORKED) return __LINE__;
  if (tp_pool_terminate(pool) != TP_EFORKED) return __LINE__;
  if (tp_pool_join(pool, kLong) != TP_EFORKED) return __LINE__;
  if (tp_pool_wait_idle(pool, kLong) != TP_EFORKED) return __LINE__;
  if (tp_pool_workers(pool, &workers) != TP_EFORKED) return __LINE__;
  if (tp_pool_stats(pool, &stats) != TP_EFORKED) return __LINE__;
  if (tp_pool_apply(pool, &nothing, 0, 0) != TP_EFORKED) return __LINE__;
  if (tp_pool_apply_async(pool, &nothing, 0, 0, &result) != TP_EFORKED) return __LINE__;
  if (tp_pool_map(pool, &nothing, 0, 0, 3, 0) != TP_EFORKED) return __LINE__;
  if (tp_pool_map_async(pool, &nothing, 0, 3, 0, &result) != TP_EFORKED) return __LINE__;
  if (tp_pool_for(pool, empty_range, 0, 3, 0) != TP_EFORKED) return __LINE__;
  if (tp_pool_for_async(pool, empty_range, 0, 3, 0, &result) != TP_EFORKED) return __LINE__;
  const auto pull = Numbers::pull;
  if (tp_pool_imap(pool, &nothing, pull, &source, 0, &result) != TP_EFORKED) return __LINE__;
  if (tp_pool_imap_unordered(pool, &nothing, pull, &source, 0, &result) != TP_EFORKED)
    return __LINE__;
  return result == nullptr ? 0 : __LINE__;
}

// The same for a pool that the host serves.
int ask_for_host(tp_pool_t* hosted) {
  std::size_t ran = 0;
  int fd = 0;
  if (tp_worker_enter(hosted, nullptr, kLong, &ran) != TP_EFORKED) return __LINE__;
  if (tp_pool_run_callbacks(hosted, kLong, &ran) != TP_EFORKED) return __LINE__;
  if (tp_pool_fd(hosted, &fd) != TP_EFORKED || fd != -1) return __LINE__;
  return ask_for_pool(hosted);
}

int ask_for_result(tp_result_t* result) {
  std::size_t index = 0;
  if (tp_result_ready(result) != TP_EFORKED) return __LINE__;
  if (tp_result_successful(result) != TP_EFORKED) return __LINE__;
  if (tp_result_wait(result, kLong) != TP_EFORKED) return __LINE__;
  if (tp_result_get(result, kLong, nullptr) != TP_EFORKED) return __LINE__;
  if (tp_result_next(result, kLong, nullptr) != TP_EFORKED) return __LINE__;
  if (tp_result_cancel(result) != TP_EFORKED) return __LINE__;
  if (tp_result_progress(result, &index, nullptr) != TP_EFORKED) return __LINE__;
  if (tp_result_error(result) != nullptr) return __LINE__;
  if (tp_result_item_status(result, 0) != TP_EFORKED) return __LINE__;
  if (tp_result_retain(result) != nullptr) return __LINE__;
  if (tp_wait_any(&result, 1, kLong, &index) != TP_EFORKED) return __LINE__;
  return tp_wait_all(&result, 1, kLong) == TP_EFORKED ? 0 : __LINE__;
}

int use_new_pool() {
  if (kThreadSanitizer || kEmulated) return 0;  // no threads in a child of several
  const tp_pool_options_t options = pool_options(2);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return __LINE__;
  for (int i = 0; i < 100; ++i)
    if (tp_pool_apply(pool, &nothing, nullptr, nullptr) != TP_OK) return __LINE__;
  tp_pool_destroy(pool);
  return 0;
}

// All that a child does. An exit code has 8 bits, so a line does not always fit.
int child_of(const Inherited& inherited) {
  int wrong = ask_for_pool(inherited.pool);
  if (!wrong) wrong = ask_for_host(inherited.hosted);
  if (!wrong) wrong = ask_for_result(inherited.result);
  if (!wrong) wrong = ask_for_result(inherited.stream);
  if (!wrong) wrong = use_new_pool();
  tp_result_release(inherited.result);
  tp_result_release(inherited.stream);
  tp_pool_destroy(inherited.pool);
  tp_pool_destroy(inherited.hosted);
  if (!wrong) wrong = use_new_pool();
  if (wrong) std::fprintf(stderr, "fork_test.cpp:%d\n", wrong);
  return wrong != 0;
}

// A pool that has all that host.h offers.
class Hosted : public Pool {
 public:
  Hosted() : Pool(pool_options(2, TP_POOL_NO_THREADS | TP_POOL_MANUAL_CALLBACKS)) {
    int fd = -1;
    REQUIRE(tp_pool_fd(*this, &fd) == TP_OK);
  }
};

}  // namespace

TEST_CASE("a child of a process with running, queued and ended jobs") {
  Odd odd;
  Numbers source(5);
  Pool pool(2);
  Hosted hosted;
  const int item = 1;
  Result done = apply_item(pool, odd, item);
  REQUIRE(done.wait() == TP_OK);
  Busy busy(pool, 2);
  Result queued = apply_item(pool, odd, item);
  Result stream = imap(pool, odd, source);
  CHECK(in_child([&] { return child_of({pool, hosted, queued, stream}); }) == 0);
  CHECK(in_child([&] { return child_of({pool, hosted, done, stream}); }) == 0);
  busy.end();
  CHECK(*done.values<int>() == 3);
  CHECK(*queued.values<int>() == 3);
  for (int i = 0; i < 5; ++i) CHECK(tp_result_next(stream, kLong, nullptr) == TP_OK);
  CHECK(tp_result_next(stream, kLong, nullptr) == TP_END);
  pool.finish();
}

TEST_CASE("a task forks") {
  Odd odd;
  Numbers source(5);
  std::atomic<int> code{-1};
  Pool pool(2);
  Hosted hosted;
  Result ended = apply_item(pool, odd, 1);
  Result stream = imap(pool, odd, source);
  Step forking([&] { code = in_child([&] { return child_of({pool, hosted, ended, stream}); }); });
  REQUIRE(tp_pool_apply(pool, &forking, nullptr, nullptr) == TP_OK);
  CHECK(code == 0);
  pool.finish();
}

TEST_CASE("children while four threads submit") {
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> accepted{0}, ran{0};
  Step work([&] { ++ran; });
  Numbers source(5);
  Odd odd;
  Pool pool(2);
  Hosted hosted;
  Result result = apply_async(pool, work);
  Result stream = imap(pool, odd, source);
  ThreadGroup producers(4, [&] {
    while (!stop) {
      Result one;
      accepted += tp_pool_apply_async(pool, &work, nullptr, nullptr, one.out()) == TP_OK;
      one.wait();
    }
  });
  int wrong = 0;
  for (std::size_t i = 0; i < stress::rounds(10); ++i)
    wrong += in_child_of_running([&] { return child_of({pool, hosted, result, stream}); });
  stop = true;
  producers.join();
  CHECK(wrong == 0);
  pool.finish();
  CHECK(ran == accepted + 1);
}
