// SPDX-License-Identifier: MIT
// Model of a cancel of all jobs of a pool: a job that was accepted before is cut, or sees the stop flag, in whatever
// hands it is.
#include "model/pool_suite.hpp"
#include "queue/apply_job.h"
#include "worker/worker.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::CallScope;
using tp::core::Deadline;
using tp::core::QueuedTask;

enum class Kind { bare, hooked, small };

/// A job of a kind, and what becomes of it.
struct Subject {
  StdAtomic<int>* cancelled = nullptr;  // the cancel has returned
  Kind kind = Kind::small;
  bool has_started = false, has_missed = false;
  int drops = 0;
  ApplyJob* job = nullptr;  // with a handle

  /// Has the job accepted, and returns what is to be queued.
  QueuedTask admit(tp::core::Pool& pool, Kind of, StdAtomic<int>& flag) {
    cancelled = &flag;
    kind = of;
    tp_task_t task = {};
    task.fn = [](void* self, const void*, void*) { return static_cast<Subject*>(self)->run(); };
    task.ctx = this;
    if (kind == Kind::hooked)
      task.ctx_drop = [](void* self) { ++static_cast<Subject*>(self)->drops; };
    if (kind != Kind::small) job = ApplyJob::make(pool, task, {}, true);
    RL_ASSERT(pool.admit(*pool.finder().producer(), 1) == TP_OK);
    return job ? QueuedTask::of(*job) : QueuedTask::of(task, &task);
  }

  int run() {
    has_started = true;
    const bool late = cancelled->load() != 0;
    const CallScope& scope = *CallScope::current();
    const bool stops = scope.is_cancelled() || (scope.job() && scope.job()->stop_requested());
    has_missed = late && !stops;
    return 0;
  }

  /// Whether it was run or cut, once, and was told if it ran when the cancel had returned.
  void check() const {
    RL_ASSERT(!has_missed);
    RL_ASSERT(drops == (kind == Kind::hooked));
    if (!job) return;
    RL_ASSERT(job->ready() && (job->outcome() == TP_ECANCELED) != has_started);
    job->drop_handle();
  }
};

void submit(tp::core::Pool& pool, const QueuedTask& task) {
  tp::core::Producer& producer = *pool.finder().producer();
  RL_ASSERT(producer.queue.reserve());
  producer.queue.push(task);
}

/// One thread serves as a worker; another submits a job of each kind, and then cancels all.
struct QueuedModel : PoolSuite<QueuedModel, 2> {
  void act(unsigned index) {
    if (index == 0) {
      std::size_t ran = 0;
      pool.workers().enter(nullptr, Deadline::in(0), ran);
    } else {
      for (const Kind kind : {Kind::bare, Kind::small, Kind::hooked})
        submit(pool, subjects[static_cast<int>(kind)].admit(pool, kind, cancelled));
      pool.cancel();
      cancelled.store(1);
    }
  }

  void after() {
    for (const Subject& subject : subjects) subject.check();
  }

  StdAtomic<int> cancelled{0};
  Subject subjects[3];
};

/// A worker has tasks in its local queue, and goes on with them; another thread cancels; a third one, if there is one,
/// steals.
template <rl::thread_id_t kThreads>
struct ClaimedModel : PoolSuite<ClaimedModel<kThreads>, kThreads> {
  void act(unsigned index) {
    if (index == 0) fill();
    if (index == 1) return cancel();
    std::size_t ran = 0;
    if (index == 0 || accepted.load()) this->pool.workers().enter(nullptr, Deadline::in(0), ran);
    if (index == 0) this->pool.cancel();  // it may have found a cancel at work, and left
  }

  void fill() {
    QueuedTask tasks[std::size(kKinds)];
    for (std::size_t i = 0; i < std::size(kKinds); ++i)
      tasks[i] = subjects[i].admit(this->pool, kKinds[i], cancelled);
    this->pool.workers().table()[0].local_queue().fill(tasks, std::size(kKinds));
    accepted.store(1);
  }

  void cancel() {
    const bool is_told = accepted.load() != 0;
    this->pool.cancel();
    if (is_told) cancelled.store(1);
  }

  void after() {
    for (const Subject& subject : subjects) subject.check();
  }

  static constexpr Kind kKinds[] = {Kind::small, Kind::bare, Kind::hooked};
  StdAtomic<int> accepted{0}, cancelled{0};
  Subject subjects[std::size(kKinds)];
};

/// One thread submits a job and then runs it, as a waiter does that helps; another cancels.
struct HelpedModel : PoolSuite<HelpedModel, 2> {
  void act(unsigned index) {
    if (index == 0) {
      submit(pool, first.admit(pool, Kind::small,
                               cancelled));  // the first one of a block is not taken back
      submit(pool, subject.admit(pool, kind, cancelled));
      accepted.store(1);
      subject.job->help(Deadline::never());
      pool.cancel();  // drops the queued task
    } else if (accepted.load()) {
      pool.cancel();
      cancelled.store(1);
    }
  }

  void after() {
    first.check();
    subject.check();
  }

  const Kind kind = rl::rand(2) ? Kind::bare : Kind::hooked;
  StdAtomic<int> accepted{0}, cancelled{0};
  Subject first, subject;
};

}  // namespace

TEST_CASE("Cancel of a pool: what was accepted before is cut or told") {
  check_holds<QueuedModel>(10);
  check_holds<ClaimedModel<2>>(10);
  check_holds<ClaimedModel<3>>(20);
  check_holds<HelpedModel>(4);
}

TEST_CASE("Cancel of a pool: the model finds mistakes") {
  check_finds<QueuedModel>({Mistake::no_fence});
  check_finds<QueuedModel>({Mistake::skipped, "light_store("});
  check_finds<QueuedModel>({Mistake::blind, "Workers::await_hands"});
  check_finds<ClaimedModel<2>>({Mistake::blind, "is_sweeping"});
  check_finds<HelpedModel>({Mistake::blind, "PoolContext::cancels"});
}
