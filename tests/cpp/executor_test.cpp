// SPDX-License-Identifier: MIT
// A pool as a scheduler of senders.
#include <tpool/executor.hpp>

#include "test_pool.hpp"

using namespace counted;

namespace {

enum class Signal { none, value, stopped, error };

struct Outcome {
  Signal signal = Signal::none;
  tp_pool_t* pool = nullptr;
  std::exception_ptr error;
  support::Arrivals arrived;
};

// Move-only, and called as an rvalue, as standard receivers may be.
struct Receiver {
  explicit Receiver(Outcome& to) : outcome(&to), life(0) {}

  void set_value() && noexcept { tell(Signal::value); }
  void set_stopped() && noexcept { tell(Signal::stopped); }
  void set_error(std::exception_ptr error) && noexcept {
    outcome->error = std::move(error);
    tell(Signal::error);
  }

  void tell(Signal signal) const {
    outcome->signal = signal;
    outcome->pool = tp_worker_pool();
    outcome->arrived.arrive();
  }

  Outcome* outcome;
  MoveOnly life;
};

}  // namespace

TEST_CASE("a sender of a pool completes on a worker", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  Outcome outcome;
  auto operation = tp::scheduler(pool).schedule().connect(Receiver(outcome));
  CHECK(outcome.signal == Signal::none);
  operation.start();
  outcome.arrived.wait(1);
  CHECK(outcome.signal == Signal::value);
  CHECK(outcome.pool == pool.capi());
  pool.finish();
}

TEST_CASE("a sender of a terminated pool is stopped", "[cpp]") {
  NoneLeft check;
  TestPool pool;
  AllBusy busy(pool);
  Outcome outcome;
  auto operation = tp::scheduler(pool).schedule().connect(Receiver(outcome));
  operation.start();
  CHECK(outcome.signal == Signal::none);
  pool.terminate();
  CHECK(outcome.signal == Signal::stopped);
  busy.open();
}

TEST_CASE("a sender of a closed pool fails", "[cpp]") {
  TestPool pool(1);
  pool.close();
  Outcome outcome;
  auto operation = tp::scheduler(pool).schedule().connect(Receiver(outcome));
  operation.start();
  CHECK(outcome.signal == Signal::error);
  CHECK_THROWS_AS(std::rethrow_exception(outcome.error), tp::PoolNotRunning);
}

TEST_CASE("schedulers of one pool are equal", "[cpp]") {
  TestPool one(1);
  TestPool other(1);
  CHECK(tp::scheduler(one) == tp::scheduler(one));
  CHECK(tp::scheduler(one) != tp::scheduler(other));
}
