// SPDX-License-Identifier: MIT
// Stage 7: waiting for jobs; from result/job, to the waiter.
#include "wait/wait.h"

#include <cstdint>
#include <cstdlib>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/spin.h"

namespace tp::core {
namespace {

/// The calling thread is a waiter of several jobs at once. Without memory it is a waiter of the first ones only.
class WaitingForAny {
 public:
  WaitingForAny(Job* const* jobs, std::size_t count) noexcept : jobs_(jobs), count_(count) {
    if (count > kInline) nodes_ = static_cast<WaitList::Node*>(std::malloc(count * sizeof *nodes_));
    if (!nodes_) {
      nodes_ = inline_;
      count_ = kInline;
    }
    for (std::size_t i = 0; i < count_; ++i) {
      nodes_[i].parker = &this_parker();
      jobs_[i]->waiters().add(nodes_[i]);
      jobs_[i]->expect_wake();
    }
  }
  ~WaitingForAny() {
    for (std::size_t i = 0; i < count_; ++i) jobs_[i]->waiters().remove(nodes_[i]);
    if (nodes_ != inline_) std::free(nodes_);
  }
  WaitingForAny(const WaitingForAny&) = delete;
  WaitingForAny& operator=(const WaitingForAny&) = delete;
  /// Until when to sleep: the thread has to poll the other jobs.
  Deadline sleep(Deadline deadline, std::size_t count) const noexcept {
    return count_ == count ? deadline : Deadline::in(0.001);
  }

 private:
  static constexpr std::size_t kInline = 16;
  Job* const* jobs_;
  std::size_t count_;
  WaitList::Node inline_[kInline];
  WaitList::Node* nodes_ = inline_;
};

/// Parks the calling thread. If it is a worker, its traces show that.
bool park(const Job* traced, Deadline deadline) noexcept {
  const PoolContext* const pool = this_thread.pool;
  if (!pool) return this_parker().park(deadline);
  const bool is_own = traced && &traced->pool() == pool;
  const Traced<Point::wait> wait(*pool, is_own ? traced : nullptr, JobKind::unknown);
  return this_parker().park(deadline);
}

}  // namespace

int help(Job& job, Deadline deadline, Wait::Kind kind) {
  while (!job.available() && job.claimable_here()) {
    if (kind != Wait::must_not_return && !has_stack()) return TP_EDEADLK;
    job.watch_deadline();
    if (!job.help(deadline) || deadline.passed()) break;
  }
  return TP_OK;
}

bool run_next_callback() {
  PoolContext* const pool = callback_pool();
  return pool && has_stack() && pool->callbacks().run_nested();
}

bool run_meanwhile(Job& job) {
  if (run_next_callback()) return true;
  if (!job.done() || job.available()) return false;
  if (this_thread.pool == &job.pool()) {
    if (!job.pool().callbacks().due()) return false;
    job.pool().callbacks().run_due(job.pool(), &job);
    return true;
  }
  // the strand is, or was, manual: only threads outside of the pool run it
  return job.keeps_pool() && has_stack() && job.pool().callbacks().run_due(job.pool(), &job) != 0;
}

int sleep(const Awaited& awaited, Wait::Kind kind, const Job* traced, Deadline deadline) {
  for (const CallScope* scope = CallScope::current(); scope; scope = scope->outer())
    if (scope->pool()) scope->pool()->yield_sweep();
  Wait wait(awaited, kind);
  sync_point("wait.sleep");
  const bool woken = wait.told() || park(traced, deadline);
  sync_point("wait.woken");
  if (Job* const job = wait.leave()) {  // one that the awaited job depends on
    const Reference own(*job);
    if (kind != Wait::must_not_return && !has_stack()) return TP_EDEADLK;
    sync_point("wait.help_out");
    job->help(Deadline::in(0));
    return TP_OK;
  }
  if (wait.closes_cycle()) return TP_EDEADLK;
  return woken ? TP_OK : TP_ETIMEDOUT;
}

int wait(Job& job, Deadline deadline, Wait::Kind kind) {
  const bool helps = job.helpable();
  const auto available = [&] { return job.available(); };
  Job* const awaited = &job;
  std::optional<Lifted> lifted;  // before the thread blocks for the first time
  for (;;) {
    job.watch_deadline();
    if (available()) return TP_OK;
    if (helps)
      if (const int status = help(job, deadline, kind); status != TP_OK) return status;
    if (available()) return TP_OK;
    // a wake-up and its answer take longer than a spin, and the woken worker may need this very CPU
    const bool is_far = std::exchange(this_thread.waits_for_wake, false);
    if (!is_far && !deadline.is_poll() && spin(1, available)) return TP_OK;
    if (!lifted) lifted.emplace(&awaited, job.done() ? 0 : 1, deadline);
    const int status = block(job, deadline, kind,
                             [&] { return job.available() || (helps && job.claimable_here()); });
    if (status != TP_OK || job.available()) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
  }
}

void wait_over(Job& job) {
  while (wait(job, Deadline::never(), Wait::must_not_return) != TP_OK) {
  }
}

int wait_any(Job* const* jobs, std::size_t count, Deadline deadline, std::size_t& index,
             Wait::Kind kind) {
  if (count == 1) {
    const int status = wait(*jobs[0], deadline, kind);
    if (status == TP_OK) index = 0;
    return status;
  }
  Job* const* const end = jobs + count;
  const auto first_available = [&] {
    return std::find_if(jobs, end, [](Job* job) { return job->available(); });
  };
  const auto can_help = [](Job* job) { return job->helpable() && job->claimable_here(); };
  const auto ran_meanwhile = [](Job* job) { return run_meanwhile(*job); };
  const Lifted lifted(jobs, count, deadline);
  WaitingForAny waiting(jobs, count);
  BlockedCallback callback(this_parker());
  for (;;) {
    for (std::size_t i = 0; i < count; ++i) jobs[i]->watch_deadline();
    for (std::size_t i = 0; i < count && first_available() == end; ++i)
      if (jobs[i]->helpable())
        if (const int status = help(*jobs[i], deadline); status != TP_OK) return status;
    if (Job* const* const found = first_available(); found != end) {
      index = static_cast<std::size_t>(found - jobs);
      return TP_OK;
    }
    if (deadline.passed()) return TP_ETIMEDOUT;
    if (std::any_of(jobs, end, [](Job* job) { return runs_taken_from(&job->pool()); }))
      return TP_EDEADLK;
    if (std::any_of(jobs, end, can_help) || std::any_of(jobs, end, ran_meanwhile)) continue;
    Deadline until = waiting.sleep(deadline, count);
    for (std::size_t i = 0; i < count; ++i)
      until = Deadline::earlier(until, jobs[i]->unwatched_deadline());
    const int status = sleep({jobs, count}, kind, nullptr, until);
    if (status == TP_EDEADLK && first_available() == end) return status;
  }
}

int wait_all(Job* const* jobs, std::size_t count, Deadline deadline) {
  const Lifted lifted(jobs, count, deadline);
  // unstarted items may be what the first job waits for
  for (std::size_t i = 0; i < count; ++i)
    if (jobs[i]->helpable() && !deadline.passed())
      if (const int status = help(*jobs[i], deadline); status != TP_OK) return status;
  for (std::size_t i = 0; i < count; ++i)
    if (const int status = wait(*jobs[i], deadline); status != TP_OK) return status;
  return TP_OK;
}

}  // namespace tp::core
