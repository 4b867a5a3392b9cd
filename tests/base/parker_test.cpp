// SPDX-License-Identifier: MIT
// Tests of the parker: one token, given early, twice, late or never.
#include "base/parker.h"

#include "support/test.hpp"

using tp::core::Deadline;
using tp::core::Parker;

namespace {

std::atomic<int> signals{0};

// A thread that parks once.
class Parked {
 public:
  explicit Parked(Parker& parker)
      : thread_([this, &parker] {
          id_ = gettid();
          parker.park(Deadline::never());
          back_ = true;
        }) {
    support::await_sleep(id_);
  }
  ~Parked() { thread_.join(); }

  bool back() const { return back_; }
  void interrupt() { pthread_kill(thread_.native_handle(), SIGUSR1); }
  void await_sleep() const { support::await_sleep(id_); }

 private:
  std::atomic<pid_t> id_{0};
  std::atomic<bool> back_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("A token that is given early is kept") {
  Parker parker;
  parker.unpark();
  CHECK(parker.park(Deadline::never()));
}

TEST_CASE("A token that is given twice is one") {
  Parker parker;
  parker.unpark();
  parker.unpark();
  CHECK(parker.park(Deadline::in(0)));
  CHECK_FALSE(parker.park(Deadline::in(0)));
}

TEST_CASE("A token is taken even when the deadline has passed") {
  Parker parker;
  const Deadline deadline = Deadline::in(1e-9);
  support::await("a deadline to pass", [&] { return deadline.passed(); });
  parker.unpark();
  CHECK(parker.park(deadline));
  CHECK_FALSE(parker.park(deadline));
}

TEST_CASE("Parking without a token ends with the deadline") {
  Parker parker;
  const Deadline deadline = Deadline::in(0.002);
  CHECK_FALSE(parker.park(deadline));
  CHECK(deadline.passed());
  parker.unpark();
  CHECK(parker.park(Deadline::never()));
}

TEST_CASE("A token wakes the thread that sleeps") {
  Parker parker;
  Parked parked(parker);
  CHECK_FALSE(parked.back());
  parker.unpark();
  support::await("the parked thread", [&] { return parked.back(); });
  CHECK(parked.back());
}

TEST_CASE("A signal does not wake a parked thread") {
  struct sigaction action = {}, old = {};
  action.sa_handler = [](int) { ++signals; };
  REQUIRE(sigaction(SIGUSR1, &action, &old) == 0);
  Parker parker;
  {
    Parked parked(parker);
    parked.interrupt();
    support::await("the signal", [] { return signals == 1; });
    parked.await_sleep();
    CHECK_FALSE(parked.back());
    parker.unpark();
  }
  sigaction(SIGUSR1, &old, nullptr);
}

TEST_CASE("What was done before a token was given is seen by who takes it") {
  constexpr int kRounds = 5'000;
  Parker ping, pong;
  int count = 0;  // plain: only the tokens order the two threads
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      ping.park(Deadline::never());
      ++count;
      pong.unpark();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    ++count;
    ping.unpark();
    pong.park(Deadline::never());
  }
  other.join();
  CHECK(count == 2 * kRounds);
}
