// SPDX-License-Identifier: MIT
// A process that locks itself in, before or after it has made its pool.
#include "support/sandbox.hpp"
#include "support/test.hpp"

using namespace support;

constexpr int kNoSandbox = 77;

// All kinds of calls, between which workers and waiters fall asleep. The line that failed, or 0.
static int use(tp_pool_t* pool) {
  Odd odd;
  Step nothing([] {});
  for (int round = 0; round < 100; ++round) {
    Numbers source(20);
    tp_result_t *result = nullptr, *stream = nullptr;
    int value = 0;
    if (tp_pool_apply_async(pool, &odd, &round, nullptr, &result) != TP_OK) return __LINE__;
    if (tp_result_wait(result, kLong) != TP_OK) return __LINE__;
    tp_result_release(result);
    if (tp_pool_apply(pool, &odd, &round, &value) != TP_OK) return __LINE__;
    if (tp_pool_apply_async(pool, &nothing, nullptr, nullptr, nullptr) != TP_OK) return __LINE__;
    if (tp_pool_imap(pool, &odd, Numbers::pull, &source, nullptr, &stream) != TP_OK)
      return __LINE__;
    for (int i = 0; i < 20; ++i)
      if (tp_result_next(stream, kLong, &value) != TP_OK) return __LINE__;
    if (tp_result_next(stream, kLong, &value) != TP_END) return __LINE__;
    tp_result_release(stream);
    if (round % 10 == 0) usleep(1000);
  }
  return tp_pool_wait_idle(pool, kLong) == TP_OK ? 0 : __LINE__;
}

static int live(std::size_t workers, bool before) {
  if (before && !refuse_membarrier()) return kNoSandbox;
  const tp_pool_options_t options = pool_options(workers);
  tp_pool_t* pool = nullptr;
  if (tp_pool_create(&options, &pool) != TP_OK) return 1;
  int wrong = use(pool);
  ThreadGroup others(2, [pool] { use(pool); });  // in the middle of whatever it is
  if (!before && !refuse_membarrier()) return kNoSandbox;
  for (int i = 0; i < 5 && !wrong; ++i) wrong = use(pool);
  others.join();
  tp_pool_close(pool);
  if (!wrong && tp_pool_join(pool, kLong) != TP_OK) wrong = 2;
  tp_pool_destroy(pool);
  if (wrong) std::fprintf(stderr, "sandbox_test.cpp:%d\n", wrong);
  return wrong != 0;
}

TEST_CASE("a sandbox that refuses barriers, set up before and after the pool") {
  if (kThreadSanitizer || kEmulated) return;  // no threads in a child of several; no seccomp
  for (const std::size_t workers : {1, 2, 4, 8})
    for (const bool before : {true, false}) {
      const int code = in_child([&] { return live(workers, before); });
      if (code == kNoSandbox) return;
      CHECK(code == 0);
    }
}
