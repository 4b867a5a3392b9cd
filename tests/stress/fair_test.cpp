// SPDX-License-Identifier: MIT
// Who has endless work takes nobody else's turn.
#include "stress/race.hpp"
#include "support/pool.hpp"
#include "support/task.hpp"

using namespace stress;
using namespace support;

TEST_CASE("a task that submits itself for ever starves no other") {
  std::atomic<bool> stop{false};
  std::atomic<int> ran{0};
  Step again([&] {
    if (!stop) tp_pool_apply_async(tp_worker_pool(), &again, nullptr, nullptr, nullptr);
  });
  Step other([&] { ++ran; });
  Pool pool(worker_counts());
  for (int i = 0; i < 2; ++i)
    REQUIRE(tp_pool_apply_async(pool, &again, nullptr, nullptr, nullptr) == TP_OK);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(tp_pool_apply_async(pool, &other, nullptr, nullptr, nullptr) == TP_OK);
    REQUIRE(tp_pool_apply(pool, &other, nullptr, nullptr) == TP_OK);
  }
  await("the tasks of others", [&] { return ran == 1000; });
  stop = true;
  REQUIRE(tp_pool_wait_idle(pool, kLong) == TP_OK);
}
