// SPDX-License-Identifier: MIT
// Model of done callbacks: each runs once, before or after the job is ready, and finds the outcome.
#include "model/check.hpp"
#include "model/pool.hpp"
#include "queue/apply_job.h"
#include "wait/wait.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::Deadline;

/// A worker runs a job that two threads have handles of. Each adds a done callback and releases its
/// handle, one after a wait. The pool goes when its job has ended. kBare: the job has no hooks.
template <bool kBare>
struct DoneModel : Suite<DoneModel<kBare>, 4> {
  void before() {
    pool = Pool::make();
    tp_task_t task = {};
    task.fn = [](void*, const void*, void* value) { return *static_cast<int*>(value) = 7, 0; };
    task.value_size = sizeof(int);
    if (!kBare) task.value_drop = [](void* value) { *static_cast<int*>(value) = 0, ++drops(); };
    drops() = 0;
    pool->retain();  // for the worker
    job = ApplyJob::make(*pool, task, {}, true);
    job->add_handle();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index == 0) return job->run(), pool->release();
    if (index == 3) return pool->await(1), pool->destroy();
    RL_ASSERT(job->add_done_callback(called, &calls[index - 1]) == TP_OK);
    if (index == 2) RL_ASSERT(tp::core::wait(*job, Deadline::never()) == TP_OK);
    job->drop_handle();
  }

  static void called(void* calls, tp_result_t* result) {
    ApplyJob& job = *static_cast<ApplyJob*>(tp::core::to_job(result));
    RL_ASSERT(job.ready() && job.outcome() == TP_OK);
    RL_ASSERT(*static_cast<int*>(job.values()) == 7);
    ++*static_cast<int*>(calls);
  }

  void after() { RL_ASSERT(calls[0] == 1 && calls[1] == 1 && drops() == !kBare); }

  static int& drops() {
    static int count;
    return count;
  }

  Pool* pool;
  ApplyJob* job;
  int calls[2] = {};
};

}  // namespace

TEST_CASE("Done callbacks: each runs once and finds the outcome") {
  check_holds<DoneModel<false>>(2);
  check_holds<DoneModel<true>>(2);
}

TEST_CASE("Done callbacks: the model finds mistakes") {
  check_finds<DoneModel<false>>({Mistake::blind, "WaitList::any"});
  check_finds<DoneModel<false>>({Mistake::skipped, "WaitList::link"});
  check_finds<DoneModel<false>>({Mistake::skipped, "Job::set_ready"});
  check_finds<DoneModel<false>>({Mistake::skipped, "Job::add_done_callback"});
  check_finds<DoneModel<false>>({Mistake::torn, "Job::tell_rest"});
  check_finds<DoneModel<false>>({Mistake::torn, "Mutex::lock("});
  check_finds<DoneModel<true>>({Mistake::skipped, "Job::expect_wake"});
  check_finds<DoneModel<true>>({Mistake::torn, "Job::over_at_once"});
}
