// SPDX-License-Identifier: MIT
// Models of the life of a job: its outcome is seen whole by whoever waits, and it may be released
// at once after a wait, or before its end.
#include "queue/apply_job.h"

#include "model/check.hpp"
#include "model/pool.hpp"
#include "wait/wait.h"

namespace {

using namespace model;
using tp::core::ApplyJob;
using tp::core::Deadline;
using tp::core::Job;

/// A worker runs a job that two threads have handles of. One waits, helps, reads the value and
/// releases, and finds that the pool has counted the job; the other releases at any time. The pool
/// goes when its job has ended.
struct ApplyJobModel : Suite<ApplyJobModel, 4> {
  void before() {
    pool = Pool::make();
    tp_task_t task = {};
    task.fn = [](void* self, const void*, void* value) {
      auto& model = *static_cast<ApplyJobModel*>(self);
      model.result = 7;
      ++model.runs;
      *static_cast<int*>(value) = 1;
      return 0;
    };
    task.ctx = this;
    task.value_size = sizeof(int);
    task.value_drop = [](void* value) { ++drops() += *static_cast<int*>(value) - 1; };
    drops() = 0;
    for (int i = 0; i < 2; ++i) pool->retain();  // for the worker and who waits
    job = ApplyJob::make(*pool, task, {}, true);
    job->add_handle();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index == 0) return job->run(), pool->release();
    if (index == 1) return job->drop_handle();
    if (index == 3) return pool->await(1), pool->destroy();
    RL_ASSERT(tp::core::wait(*job, Deadline::never()) == TP_OK);
    RL_ASSERT(job->outcome() == TP_OK && result.get() == 7);
    RL_ASSERT(drops() == 0);
    RL_ASSERT(pool->has_counted(1));
    job->drop_handle();
    pool->release();
  }

  void after() { RL_ASSERT(runs == 1 && drops() == 1); }

  static int& drops() {
    static int count;
    return count;
  }

  Pool* pool;
  ApplyJob* job;
  Data result;
  int runs = 0;
};

/// The same for a job without hooks, whose end is one step. The thread that releases it may cancel it before.
struct BareJobModel : Suite<BareJobModel, 4> {
  void before() {
    pool = Pool::make();
    tp_task_t task = {};
    task.fn = [](void* self, const void*, void* value) {
      static_cast<BareJobModel*>(self)->result = 7;
      *static_cast<int*>(value) = 1;
      return 0;
    };
    task.ctx = this;
    task.value_size = sizeof(int);
    for (int i = 0; i < 2; ++i) pool->retain();  // for the worker and who waits
    job = ApplyJob::make_bare(*pool, task, nullptr, true);
    job->add_handle();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index == 0) return job->run(), pool->release();
    if (index == 3) return pool->await(1), pool->destroy();
    if (index == 1) {
      const unsigned cancels = rl::rand(3);
      if (cancels == 1) job->cancel();
      if (cancels == 2) job->cancel_pending();
      return job->drop_handle();
    }
    RL_ASSERT(tp::core::wait(*job, Deadline::never()) == TP_OK);
    std::size_t done = 0, total = 0;
    job->progress(done, total);
    RL_ASSERT(done == 1);
    if (job->outcome() == TP_OK)
      RL_ASSERT(result.get() == 7 && *static_cast<int*>(job->values()) == 1);
    else
      RL_ASSERT(job->outcome() == TP_ECANCELED);
    RL_ASSERT(pool->has_counted(1));
    job->drop_handle();
    pool->release();
  }

  Pool* pool;
  ApplyJob* job;
  Data result;
};

/// Nothing but items that are over.
class Items final : public Job {
 public:
  static Items* make(Pool& pool, std::size_t count) {
    return new (allocate(sizeof(Items))) Items(pool, count);
  }
  void item_over() { over(1); }

  void run() override {}
  bool help_items(Deadline) override { return false; }
  bool claimable() noexcept override { return false; }
  void cut(int status) override { stop(status); }
  void progress(std::size_t&, std::size_t&) const noexcept override {}

 protected:
  void drop_outputs() override {}
  void drop_ctx() override {}
  void destroy() noexcept override {
    this->~Items();
    deallocate(this);
  }

 private:
  Items(Pool& pool, std::size_t count) noexcept
      : Job(pool, tp::core::JobKind::map, count, &extras_, true) {}
  ~Items() override = default;

  Extras extras_;
};

/// Two items are over; whoever waits for the job sees what both have left. A third thread cancels.
struct ItemsModel : Suite<ItemsModel, 4> {
  void before() {
    pool = Pool::make();
    job = Items::make(*pool, 2);
    job->ref();
    job->add_handle();
  }

  void run(unsigned index) {
    const ThreadParker parker;
    if (index < 2) {
      goods[index] = 1;
      job->item_over();
      return job->unref();
    }
    if (index == 2) {
      job->cancel();
      return job->drop_handle();
    }
    tp::core::wait(*job, Deadline::never());
    RL_ASSERT(goods[0].get() == 1 && goods[1].get() == 1);
    job->drop_handle();
    pool->await(1);
    pool->destroy();
  }

  Pool* pool;
  Items* job;
  Data goods[2];
};

}  // namespace

TEST_CASE("A job: it is released at once after a wait or before its end") {
  check_holds<ApplyJobModel>(2);
}

TEST_CASE("A job without hooks: it is released at once after a wait or before its end") {
  check_holds<BareJobModel>(2);
}

TEST_CASE("A job: whoever waits sees what all its items have left") { check_holds<ItemsModel>(2); }

TEST_CASE("A job: the model finds mistakes in its life") {
  check_finds<ApplyJobModel>({Mistake::skipped, "Job::ref"});
  check_finds<ApplyJobModel>({Mistake::torn, "Job::unref"});
  check_finds<ApplyJobModel>({Mistake::skipped, "Job::add_handle"});
  check_finds<ApplyJobModel>({Mistake::torn, "Job::drop_counted_handle"});
  check_finds<ApplyJobModel>({Mistake::skipped, "Job::settle"});
  check_finds<ApplyJobModel>({Mistake::skipped, "PoolContext::bump"});
  check_finds<ApplyJobModel>({Mistake::skipped, "Job::set_ready"});
  check_finds<ApplyJobModel>({Mistake::relaxed, "Job::set_ready"});
  check_finds<ApplyJobModel>({Mistake::relaxed, "Job::available"});
  check_finds<ApplyJobModel>({Mistake::torn, "ApplyJob::claim"});
  check_finds<ApplyJobModel>({Mistake::blind, "WaitList::any"});
  check_finds<ApplyJobModel>({Mistake::torn, "Mutex::lock("});
}

TEST_CASE("A job without hooks: the model finds mistakes in its life") {
  check_finds<BareJobModel>({Mistake::relaxed, "Job::over_at_once"});
  check_finds<BareJobModel>({Mistake::torn, "Job::over_at_once"});
  check_finds<BareJobModel>({Mistake::skipped, "Job::expect_wake"});
  check_finds<BareJobModel>({Mistake::skipped, "PoolContext::bump"});
  check_finds<BareJobModel>({Mistake::relaxed, "Job::available"});
  check_finds<BareJobModel>({Mistake::torn, "Job::unref"});
  check_finds<BareJobModel>({Mistake::torn, "ApplyJob::claim"});
}

TEST_CASE("A job: the model finds mistakes in the count of its items") {
  check_finds<ItemsModel>({Mistake::relaxed, "Job::over"});
  check_finds<ItemsModel>({Mistake::torn, "Job::over"});
  check_finds<ItemsModel>({Mistake::torn, "Job::pin"});
  check_finds<ItemsModel>({Mistake::torn, "Job::unref"});
  check_finds<ItemsModel>({Mistake::relaxed, "Job::set_ready"});
}
