// SPDX-License-Identifier: MIT
// Model of admission and close: a pool is drained when every job that was accepted is over, and
// none is accepted after.
#include "model/pool_suite.hpp"

namespace {

using namespace model;
using tp::core::Producer;

/// Two threads submit, each through a producer of its own, and run what was accepted; a third closes,
/// and a fourth waits until all is over.
struct AdmissionModel : PoolSuite<AdmissionModel, 4> {
  void act(unsigned index) {
    if (index < 2) {
      submit();
    } else if (index == 2) {
      pool.close();
    } else {
      tp::core::wait_until(pool.idle(), tp::core::Deadline::never(), [&] { return pool.over(); });
      is_over = true;
      RL_ASSERT(accepted == ended);
    }
  }

  void submit() {
    Producer* const producer = pool.finder().producer();
    RL_ASSERT(producer);
    for (int i = 0; i < 2; ++i) {
      if (pool.admit(*producer, 1) != TP_OK) continue;
      RL_ASSERT(!is_over);
      ++accepted;
      (void)pool.state();  // others may come in between
      ++ended;
      pool.ended();
    }
  }

  int accepted = 0, ended = 0;
  bool is_over = false;
};

}  // namespace

TEST_CASE("Admission: a pool is drained when all that was accepted is over") {
  check_holds<AdmissionModel>();
}

TEST_CASE("Admission: the model finds mistakes") {
  check_finds<AdmissionModel>({Mistake::no_fence});
  check_finds<AdmissionModel>({Mistake::no_drain});
  check_finds<AdmissionModel>({Mistake::relaxed, "light_store("});
  check_finds<AdmissionModel>({Mistake::skipped, "Pool::refuse"});
  check_finds<AdmissionModel>({Mistake::skipped, "Pool::advance"});
  check_finds<AdmissionModel>({Mistake::blind, "WaitList::any"});
  check_finds<AdmissionModel>({Mistake::no_wake});
}
