// SPDX-License-Identifier: MIT
// Model of admission and close: a pool is drained when every job that was accepted is over, and
// none is accepted after.
#include "model/crew.hpp"

namespace {

using namespace model;
using tp::core::Inlet;

/// Two threads submit, each through an inlet of its own, and run what was accepted; a third closes,
/// and a fourth waits until all is over.
struct AdmissionModel : CrewSuite<AdmissionModel, 4> {
  void act(unsigned index) {
    if (index < 2) {
      submit();
    } else if (index == 2) {
      crew.advance(tp::core::State::closed);
    } else {
      tp::core::wait_until(crew.idle(), tp::core::Deadline::never(), [&] { return crew.over(); });
      is_over = true;
      RL_ASSERT(accepted == ended);
    }
  }

  void submit() {
    Inlet* const inlet = crew.inlet();
    RL_ASSERT(inlet);
    for (int i = 0; i < 2; ++i) {
      if (crew.admit(*inlet, 1) != TP_OK) continue;
      RL_ASSERT(!is_over);
      ++accepted;
      (void)crew.state();  // others may come in between
      ++ended;
      crew.ended();
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
  check_finds<AdmissionModel>({Mistake::no_settle});
  check_finds<AdmissionModel>({Mistake::no_drain});
  check_finds<AdmissionModel>({Mistake::relaxed, "publish("});
  check_finds<AdmissionModel>({Mistake::skipped, "Crew::admit"});
  check_finds<AdmissionModel>({Mistake::skipped, "Crew::advance"});
  check_finds<AdmissionModel>({Mistake::blind, "WaitList::any"});
  check_finds<AdmissionModel>({Mistake::no_wake});
}
