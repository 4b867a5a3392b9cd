// SPDX-License-Identifier: MIT
// Threads of a host that serve a pool while it gets work and ends.
#include "stress/noise.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

TEST_CASE("several threads that run callbacks without a limit are never told that time is up") {
  Step work([] {});
  Listening job;
  for (std::size_t round = 0; round < rounds(5); ++round) {
    const Noise noise(round);
    std::atomic<int> wrong{0};
    Pool pool(pool_options(2, TP_POOL_MANUAL_CALLBACKS));
    in_threads(4, [&](std::size_t k) {
      for (int i = 0; k == 0 && i < 20; ++i)
        wrong += tp_pool_apply_async(pool, &work, nullptr, &job, nullptr) != TP_OK;
      if (k == 0) return void(tp_pool_close(pool));
      int status = TP_OK;
      while (status == TP_OK) status = tp_pool_run_callbacks(pool, TP_FOREVER, nullptr);
      wrong += status != TP_END;
    });
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("a thread that serves until the end is told so while submits are refused") {
  Step work([] {});
  for (std::size_t round = 0; round < rounds(4); ++round) {
    const Noise noise(round);
    std::atomic<int> wrong{0};
    std::atomic<bool> over{false};
    Pool pool(pool_options(2, TP_POOL_NO_THREADS));
    in_threads(3, [&](std::size_t k) {
      if (k == 0) {
        wrong += tp_worker_enter(pool, nullptr, TP_FOREVER, nullptr) != TP_END;
        over = true;
      }
      while (k == 1 && !over) tp_pool_apply_async(pool, &work, nullptr, nullptr, nullptr);
      if (k == 2) tp_pool_close(pool);
    });
    REQUIRE(wrong == 0);
  }
}
