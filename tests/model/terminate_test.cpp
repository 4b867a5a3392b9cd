// SPDX-License-Identifier: MIT
// Model of the end of what has not started: when terminate has returned, a job has started, or its
// hook has run on that thread.
#include "model/pool_suite.hpp"
#include "queue/apply_job.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::Deadline;

/// One thread serves as a worker; another submits a job and then terminates the pool.
struct TerminateModel : PoolSuite<TerminateModel, 2> {
  void act(unsigned index) {
    if (index == 0) {
      std::size_t ran = 0;
      pool.workers().enter(nullptr, Deadline::in(0), ran);
    } else {
      submit();
      pool.terminate();
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
    ApplyJob* const job = ApplyJob::make(pool, task, {}, false);
    tp::core::Producer& producer = *pool.finder().producer();
    RL_ASSERT(producer.queue.reserve() && pool.admit(producer, 1) == TP_OK);
    producer.queue.push(tp::core::QueuedTask::of(*job));
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
  check_finds<TerminateModel>({Mistake::no_fence});
  check_finds<TerminateModel>({Mistake::skipped, "light_store("});
  check_finds<TerminateModel>({Mistake::blind, "Workers::await_hands"});
  check_finds<TerminateModel>({Mistake::blind, "is_sweeping"});
}
