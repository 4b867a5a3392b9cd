// SPDX-License-Identifier: MIT
// Models of the callback strand: one thread at a time runs it, and nothing due is left behind.
#include "result/callbacks.h"

#include "model/check.hpp"
#include "model/pool.hpp"
#include "queue/apply_job.h"
#include "wait/wait.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::CallScope;
using tp::core::Deadline;

constexpr int kJobs = 2;

/// Two jobs with a callback each. What a callback touches is for one thread at a time.
struct Jobs {
  void make(bool manual) {
    pool = Pool::make();
    for (int i = 0; i < kJobs + 1; ++i) pool->retain();  // for the workers, and who serves
    if (manual) pool->callbacks().make_manual();
    tp_task_t task = {};
    task.fn = [](void*, const void*, void*) { return 0; };
    const auto ran = [](void* self, tp_result_t*) {
      auto& jobs = *static_cast<Jobs*>(self);
      jobs.called = jobs.called.get() + 1;
    };
    for (ApplyJob*& job : all) job = ApplyJob::make(*pool, task, {ran, ran, this}, true);
  }

  void be_worker(unsigned index) {
    tp::core::this_thread.become({pool, static_cast<int>(index), &all_counters[index]});
  }

  /// On a worker, or inside a task of one, where a strand is only run until the own callback has run.
  void run(unsigned index, bool inside) {
    be_worker(index);
    if (inside) {
      CallScope scope(CallScope::Kind::task, pool, nullptr);
      all[index]->run();
    } else {
      all[index]->run();
    }
    tp::core::this_thread.become({});
    pool->release();
  }

  /// Waits for its jobs, releases them, and lets the pool go.
  void use() {
    for (ApplyJob* const job : all) {
      RL_ASSERT(tp::core::wait(*job, Deadline::never()) == TP_OK);
      job->drop_handle();
    }
    pool->await(kJobs);
    RL_ASSERT(called.get() == kJobs);
    pool->destroy();
  }

  /// Runs what is due as soon as due() says so, until all jobs have ended.
  template <class Due>
  void serve(Due due) {
    const auto ended = [&] { return pool->has_ended(kJobs); };
    while (!ended()) {
      tp::core::wait_until(pool->idle(), Deadline::never(), [&] { return due() || ended(); });
      pool->callbacks().run_due(*pool);
    }
    RL_ASSERT(!due());
    pool->release();
  }

  Pool* pool;
  tp::core::Counters all_counters[kJobs + 2];
  ApplyJob* all[kJobs];
  Data called;
};

/// Jobs end inside of tasks, so that a worker has to run what is left; it looks at the due flag.
struct StrandModel : Suite<StrandModel, 4> {
  void before() { jobs.make(false); }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < kJobs) return jobs.run(index, true);
    if (index == kJobs) return jobs.use();
    jobs.be_worker(index);
    jobs.serve([&] { return jobs.pool->callbacks().due(); });
  }

  Jobs jobs;
};

/// A manual strand: workers never run it, and who serves it looks at the self-pipe alone.
struct ManualModel : Suite<ManualModel, 4> {
  void before() {
    jobs.make(true);
    jobs.pool->callbacks().fd();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < kJobs) return jobs.run(index, false);
    if (index == kJobs) return wait_and_use();
    jobs.serve([&] { return jobs.pool->callbacks().fd() > 0; });
  }

  /// May run callbacks while it waits for the jobs, or leave that to who serves.
  void wait_and_use() {
    if (rl::rand(2)) jobs.pool->await(kJobs);
    jobs.use();
  }

  Jobs jobs;
};

/// A manual strand that nobody serves but those who wait for one job each: who has run its own leaves.
struct ManualWaitersModel : Suite<ManualWaitersModel, 4> {
  void before() { jobs.make(true); }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < kJobs) return jobs.run(index, false);
    ApplyJob* const mine = jobs.all[index - kJobs];
    RL_ASSERT(tp::core::wait(*mine, Deadline::never()) == TP_OK);
    mine->drop_handle();
    if (index == kJobs) return jobs.pool->release();
    jobs.pool->await(kJobs);
    RL_ASSERT(jobs.called.get() == kJobs);
    jobs.pool->destroy();
  }

  Jobs jobs;
};

}  // namespace

TEST_CASE("A callback strand: one thread runs it and nothing due is left behind") {
  check_holds<StrandModel>(2);
}

TEST_CASE("A manual callback strand: its self-pipe is readable while something is due") {
  check_holds<ManualModel>(2);
}

TEST_CASE("A manual callback strand: who leaves it tells those who wait for what is due") {
  check_holds<ManualWaitersModel>(2);
}

TEST_CASE("A callback strand: the model finds mistakes") {
  check_finds<StrandModel>({Mistake::skipped, "CallbackStrand::set_runner"});
  check_finds<StrandModel>({Mistake::blind, "CallbackStrand::due("});
  check_finds<StrandModel>({Mistake::torn, "Mutex::lock("});
  check_finds<StrandModel>({Mistake::relaxed, "Mutex::unlock("});
  check_finds<StrandModel>({Mistake::skipped, "Job::set_ready"});
  check_finds<StrandModel>({Mistake::no_wake});
}

TEST_CASE("A manual callback strand: the model finds mistakes") {
  check_finds<ManualModel>({Mistake::no_self_pipe});
  check_finds<ManualModel>({Mistake::torn, "Mutex::lock("});
  check_finds<ManualModel>({Mistake::no_wake});
  check_finds<ManualWaitersModel>({Mistake::no_wake});
}
