// SPDX-License-Identifier: MIT
// Tests of the kernel calls behind all waiting.
#include "base/futex.h"

#include "support/test.hpp"

using namespace tp::core;

TEST_CASE("A futex does not sleep on a word that has changed") {
  std::atomic<std::uint32_t> word{1};
  CHECK(futex_wait(word, 0, Deadline::never()));
}

TEST_CASE("A futex wait ends with its deadline, and errno stays") {
  std::atomic<std::uint32_t> word{0};
  const Deadline deadline = Deadline::in(0.002);
  errno = 42;
  while (futex_wait(word, 0, deadline)) {  // it may return early
  }
  CHECK(errno == 42);
  CHECK(deadline.passed());
  CHECK_FALSE(futex_wait(word, 0, Deadline::in(0)));
}

TEST_CASE("A futex wakes as many as it is told to") {
  std::atomic<std::uint32_t> word{0};
  std::atomic<pid_t> ids[3] = {};
  std::atomic<int> awake{0};
  std::thread threads[3];
  for (int i = 0; i < 3; ++i)
    threads[i] = std::thread([&, i] {
      ids[i] = gettid();
      while (word == 0) futex_wait(word, 0, Deadline::never());
      ++awake;
    });
  for (const std::atomic<pid_t>& id : ids) support::await_sleep(id);
  word = 1;
  futex_wake(word, 1);
  support::await("one thread to wake", [&] { return awake == 1; });
  int asleep = 0;
  for (const std::atomic<pid_t>& id : ids) asleep += support::asleep(id);
  CHECK(asleep == 2);
  futex_wake(word, 2);
  for (std::thread& thread : threads) thread.join();
  CHECK(awake == 3);
}
