// SPDX-License-Identifier: MIT
// Model of the end of what has not started: when terminate has returned, a job has started, or its
// hook has run on that thread.
#include "model/crew.hpp"
#include "queue/single.h"

namespace {

using namespace model;
using tp::core::Deadline;
using tp::core::Single;

/// One thread serves as a worker; another submits a job and then does what Pool::terminate does.
struct TerminateModel : CrewSuite<TerminateModel, 2> {
  void act(unsigned index) {
    if (index == 0) {
      std::size_t ran = 0;
      crew.enter(nullptr, Deadline::in(0), ran);
    } else {
      submit();
      terminate();
      has_returned = true;
    }
  }

  void submit() {
    tp_task_t task = {};
    task.fn = [](void* self, const void*, void*) {
      static_cast<TerminateModel*>(self)->has_started = true;
      return 0;
    };
    task.ctx = this;
    task.ctx_drop = [](void* self) {
      auto& model = *static_cast<TerminateModel*>(self);
      model.dropped_by = static_cast<int>(rl::thread_index());
      model.is_late = model.has_returned;
    };
    Single* const job = Single::make(crew, task, {}, false);
    tp::core::Inlet& inlet = *crew.inlet();
    RL_ASSERT(inlet.lane.reserve() && crew.admit(inlet, 1) == TP_OK);
    inlet.lane.push(tp::core::Entry::of(*job));
  }

  void terminate() {
    crew.begin_sweep();
    crew.advance(tp::core::State::terminated);
    crew.await_hands();
    crew.sweep();
    crew.end_sweep();
  }

  void after() { RL_ASSERT(has_started || (dropped_by == 1 && !is_late)); }

  bool has_started = false, has_returned = false, is_late = false;
  int dropped_by = -1;
};

}  // namespace

TEST_CASE("Terminate: what has not started by its return has ended there") {
  check_holds<TerminateModel>(2);
}

TEST_CASE("Terminate: the model finds mistakes") {
  check_finds<TerminateModel>({Mistake::no_settle});
  check_finds<TerminateModel>({Mistake::skipped, "publish("});
  check_finds<TerminateModel>({Mistake::blind, "Crew::await_hands"});
  check_finds<TerminateModel>({Mistake::blind, "is_sweeping"});
}
