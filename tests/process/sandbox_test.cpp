// SPDX-License-Identifier: MIT
// A process that locks itself in, before or after it has made its pool.
#include "support/sandbox.hpp"
#include "process/all_kinds.hpp"
#include "support/test.hpp"

using namespace support;

constexpr int kNoSandbox = 77;

// All kinds of calls, between which workers and waiters fall asleep. The line that failed, or 0.
static int use(tp_pool_t* pool) {
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t parks = parks_of(pool);
    if (const int wrong = call_all_kinds(pool)) return wrong;
    if (round % 10 == 0) await("a worker to sleep", [&] { return parks_of(pool) > parks; });
  }
  return 0;
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
  for (const std::size_t workers : {1u, 2u, 4u, 8u})
    for (const bool before : {true, false}) {
      const int code = in_child([&] { return live(workers, before); });
      if (code == kNoSandbox) return;
      CHECK(code == 0);
    }
}
