// SPDX-License-Identifier: MIT
// Model of a continuation: its source ends while it begins to follow it, and while it is cancelled.
#include "model/check.hpp"
#include "model/pool.hpp"
#include "queue/apply_job.h"
#include "queue/then_job.h"
#include "wait/wait.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::ThenJob;

/// A worker runs the source. One thread lets the continuation follow it, another cancels the continuation. A third
/// handle of the source was released before, so that the continuation alone keeps the value.
struct ThenModel : Suite<ThenModel, 4> {
  void before() {
    pool = Pool::make();
    tp_task_t task = {};
    task.fn = [](void*, const void*, void* value) { return *static_cast<int*>(value) = 7, 0; };
    task.value_size = sizeof(int);
    task.value_drop = [](void* value) { *static_cast<int*>(value) = 0, ++drops(); };
    drops() = 0;
    pool->retain();  // for the worker
    source = ApplyJob::make(*pool, task, {}, true);
    tp_task_t next = {};
    next.fn = [](void*, const void*, void*) { return 1; };
    job = ThenJob::make(*pool, next, {}, *source, false, true);
    job->extras().takes_room = false;
    job->extras().holds.store(ThenJob::for_source);
    pool->add_roomless();
    job->ref();  // for follow
    source->drop_handle();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index == 0) return source->run(), pool->release();
    if (index == 1) return job->follow();
    if (index == 3) return pool->await(2), pool->destroy();
    job->cancel();
    job->unref();  // the queue's
    RL_ASSERT(tp::core::wait(*job, tp::core::Deadline::never()) == TP_OK);
    RL_ASSERT(job->outcome() == TP_ECANCELED);
    job->drop_handle();
  }

  void after() { RL_ASSERT(drops() == 1); }

  static int& drops() {
    static int count;
    return count;
  }

  Pool* pool;
  ApplyJob* source;
  ThenJob* job;
};

}  // namespace

TEST_CASE("Continuations: one ends once and drops its source, whenever that ends") {
  check_holds<ThenModel>(2);
}

TEST_CASE("Continuations: the model finds mistakes") {
  check_finds<ThenModel>({Mistake::skipped, "Job::set_ready"});
  check_finds<ThenModel>({Mistake::torn, "Job::over"});
  check_finds<ThenModel>({Mistake::torn, "Job::pin"});
  check_finds<ThenModel>({Mistake::torn, "Job::drop_counted_handle"});
}
