// SPDX-License-Identifier: MIT
// Tasks that take turns: with one that submits itself again and again, and on one CPU alone.
#include "stress/noise.hpp"
#include "stress/race.hpp"

using namespace stress;
using namespace support;

TEST_CASE("a task that submits itself for ever lets a thousand others run") {
  std::atomic<bool> stops{false};
  std::atomic<int> ran{0}, turns{0};
  Task<void, void>* again = nullptr;
  Task<void, void> endless([&](const void*, void*) {
    turns++;
    return stops ? 0 : tp_pool_apply_async(tp_worker_pool(), again, nullptr, nullptr, nullptr);
  });
  again = &endless;
  Step other([&] { ran++; });
  Pool pool(GENERATE(1u, 2u, 4u));
  forget(pool, endless);
  apply_times(pool, other, 1000);
  await("the others", [&] { return ran == 1000; });
  const int before = turns;
  await("the endless one", [&] { return turns > before; });
  stops = true;
  pool.finish();
  CHECK(ran == 1000);
}

TEST_CASE("submit and wait on one CPU") {
  std::atomic<std::size_t> ran{0}, wrong{0};
  std::thread([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    wrong += sched_setaffinity(0, sizeof one, &one) != 0;  // what it starts is there, too
    Step task([&] { ran++; });
    Pool pool(3);
    for (std::size_t i = 0; i < rounds(); ++i) {
      const Noise noise(i / 50);
      Result result;
      wrong += tp_pool_apply_async(pool, &task, nullptr, nullptr, result.out()) != TP_OK;
      wrong += result.wait() != TP_OK;
    }
  }).join();
  CHECK(wrong == 0);
  CHECK(ran == rounds());
}
