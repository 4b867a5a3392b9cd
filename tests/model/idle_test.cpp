// SPDX-License-Identifier: MIT
// Model of a pool that is idle: whoever has seen a job ready finds it so, and when it is, every job
// is ready.
#include "model/pool_suite.hpp"

namespace {

using namespace model;

/// A job is accepted and ended by one thread, in the steps of Job::finish. Another waits until it is
/// ready and then asks whether the pool is idle; a third one asks without.
struct IdleModel : PoolSuite<IdleModel, 3> {
  void act(unsigned index) {
    if (index == 0) {
      end_job();
    } else if (index == 1) {
      tp::core::wait_until(ready_list, tp::core::Deadline::never(), [&] { return is_ready(); });
      RL_ASSERT(pool.totals().idles());
    } else {
      const bool is_accepted = accepted.load() != 0;
      if (pool.totals().idles() && is_accepted) RL_ASSERT(is_ready());
    }
  }

  void end_job() {
    RL_ASSERT(pool.admit(*pool.finder().producer(), 1) == TP_OK);
    accepted.store(1);
    pool.count(TP_OK);
    set_ready();
    pool.ended();
  }

  bool is_ready() const { return ready.load() != 0; }
  void set_ready() {
    ready.store(1);
    ready_list.wake_all();
  }

  StdAtomic<int> accepted{0}, ready{0};
  tp::core::WaitList ready_list;
};

}  // namespace

TEST_CASE("An idle pool: whoever has seen its jobs ready finds it so, and they are") {
  check_holds<IdleModel>(2);
}

TEST_CASE("An idle pool: the model finds mistakes") {
  check_finds<IdleModel>({Mistake::skipped, "PoolContext::bump"});
  check_finds<IdleModel>({Mistake::skipped, "set_ready"});
  check_finds<IdleModel>({Mistake::relaxed, "set_ready"});
  check_finds<IdleModel>({Mistake::blind, "Totals::of"});
}
