// SPDX-License-Identifier: MIT
// Models of the callback lane: one thread at a time runs it, and nothing due is left behind.
#include "result/callbacks.h"

#include "model/check.hpp"
#include "model/pool.hpp"
#include "queue/single.h"
#include "wait/wait.h"

namespace {

using namespace model;
using tp::core::Deadline;
using tp::core::Frame;
using tp::core::Single;

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
    for (Single*& job : all) job = Single::make(*pool, task, {ran, ran, this}, true);
  }

  void be_worker(unsigned index) {
    tp::core::this_thread.become({pool, static_cast<int>(index), &tallies[index]});
  }

  /// On a worker, or inside a task of one, where a lane is only run until the own callback has run.
  void run(unsigned index, bool inside) {
    be_worker(index);
    if (inside) {
      Frame frame(Frame::Kind::task, pool, nullptr);
      all[index]->run();
    } else {
      all[index]->run();
    }
    tp::core::this_thread.become({});
    pool->release();
  }

  /// Waits for its jobs, releases them, and lets the pool go.
  void use() {
    for (Single* const job : all) {
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
  tp::core::Tally tallies[kJobs + 2];
  Single* all[kJobs];
  Data called;
};

/// Jobs end inside of tasks, so that a worker has to run what is left; it looks at the due flag.
struct LaneModel : Suite<LaneModel, 4> {
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

/// A manual lane: workers never run it, and who serves it looks at the beacon alone.
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

/// A manual lane that nobody serves but those who wait for one job each: who has run its own leaves.
struct ManualWaitersModel : Suite<ManualWaitersModel, 4> {
  void before() { jobs.make(true); }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < kJobs) return jobs.run(index, false);
    Single* const mine = jobs.all[index - kJobs];
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

TEST_CASE("A callback lane: one thread runs it and nothing due is left behind") {
  check_holds<LaneModel>(2);
}

TEST_CASE("A manual callback lane: its beacon is lit while something is due") {
  check_holds<ManualModel>(2);
}

TEST_CASE("A manual callback lane: who leaves it tells those who wait for what is due") {
  check_holds<ManualWaitersModel>(2);
}

TEST_CASE("A callback lane: the model finds mistakes") {
  check_finds<LaneModel>({Mistake::skipped, "CallbackLane::set_runner"});
  check_finds<LaneModel>({Mistake::blind, "CallbackLane::due("});
  check_finds<LaneModel>({Mistake::torn, "Mutex::lock("});
  check_finds<LaneModel>({Mistake::relaxed, "Mutex::unlock("});
  check_finds<LaneModel>({Mistake::skipped, "Job::set_ready"});
  check_finds<LaneModel>({Mistake::no_wake});
}

TEST_CASE("A manual callback lane: the model finds mistakes") {
  check_finds<ManualModel>({Mistake::no_beacon});
  check_finds<ManualModel>({Mistake::torn, "Mutex::lock("});
  check_finds<ManualModel>({Mistake::no_wake});
  check_finds<ManualWaitersModel>({Mistake::no_wake});
}
