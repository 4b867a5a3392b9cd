// SPDX-License-Identifier: MIT
// Waits in a pool whose items are taken, and in its items; and what a taker sees before the job does.
#include "support/taker.hpp"

#include "support/done.hpp"
#include "support/group.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

TakenPool::Settings with(std::size_t workers, std::uint32_t flags = 0) {
  TakenPool::Settings settings;
  settings.workers = workers;
  settings.flags = flags;
  return settings;
}

}  // namespace

TEST_CASE("Items that come back when the deadline has just passed end with ETIMEDOUT") {
  using Clock = std::chrono::steady_clock;
  Arrivals started;
  std::atomic<bool> is_submitted{false};
  Clock::time_point end;
  Step in_front([&] {  // its thread goes on with the next item before the timer's thread has come
    started.arrive();
    await("the next item", [&] { return is_submitted.load(); });
    await("its deadline", [&] { return Clock::now() >= end; });
  });
  Odd odd;
  const Timed job(1e-3);
  TakenPool::Settings settings = with(2);
  settings.threads = 1;
  TakenPool pool(settings);
  for (int round = 0; round < 20; ++round) {
    const Result front = apply_async(pool, in_front);
    started.wait(round + 1);
    const Result late = apply_item(pool, odd, 1, &job);
    end = Clock::now() + std::chrono::milliseconds(1);
    is_submitted = true;
    CHECK(late.get() == TP_ETIMEDOUT);
    CHECK(front.get() == TP_OK);
    is_submitted = false;
  }
}
