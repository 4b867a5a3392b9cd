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
    const std::size_t bytes = 2 * count * sizeof *nodes_;
    if (count > kInline) nodes_ = static_cast<WaitList::Node*>(std::malloc(bytes));
    if (!nodes_) {
      nodes_ = inline_;
      count_ = kInline;
    }
    for (std::size_t i = 0; i < count_; ++i) {
      WaitList::Node *const for_end = &nodes_[2 * i], *const for_turn = for_end + 1;
      for_end->parker = for_turn->parker = &this_parker();
      jobs_[i]->waiters().add(*for_end);
      if (Group* const group = jobs_[i]->group()) group->waiters().add(*for_turn);
      jobs_[i]->expect_wake();
    }
  }
  ~WaitingForAny() {
    for (std::size_t i = 0; i < count_; ++i) {
      jobs_[i]->waiters().remove(nodes_[2 * i]);
      if (Group* const group = jobs_[i]->group()) group->waiters().remove(nodes_[2 * i + 1]);
    }
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
  WaitList::Node
      inline_[2 * kInline];  // for each job two: for its end, and for its turn in its group
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

/// A job that the group runs before this one, and of which the thread can run something. With a reference; or nullptr.
static Job* before(Job& job) noexcept {
  return job.group() ? job.group()->claimable_before(job) : nullptr;
}

/// The pool of a job whose end is left to a worker, with a reference, if the calling thread helps and is none; or
/// nullptr.
static PoolContext* left_by_workers(Job& job) noexcept {
  if (this_thread.pool == &job.pool() || !job.helpable() || !job.may_be_left()) return nullptr;
  PoolContext* const pool = job.retain_pool();
  if (!pool || job.is_left()) return pool;
  pool->release();
  return nullptr;
}

/// Whether the thread can run something so that the job goes on.
static bool has_next(Job& job) noexcept {
  if (job.claimable_here()) return true;
  if (PoolContext* const pool = left_by_workers(job)) {
    pool->release();
    return true;
  }
  Job* const next = before(job);
  if (next) next->unref();
  return next != nullptr;
}

bool can_help(Job& job) noexcept {
  return job.dependent() ? Dependencies(job).find(has_next) != nullptr : has_next(job);
}

/// Runs something of the job. TP_OK, TP_EDEADLK, or TP_ETIMEDOUT when there is nothing left or the time is up.
/// Inlined, as help_once is, because each get of a small task comes here: calls made fork and join 7 % slower.
[[gnu::always_inline]] static inline int run_some(Job& job, Deadline deadline, Wait::Kind kind) {
  if (kind != Wait::must_not_return && !has_stack()) return TP_EDEADLK;
  job.watch_deadline();
  return job.help(deadline) && !deadline.passed() ? TP_OK : TP_ETIMEDOUT;
}

/// The same of the job or of one that its group runs before it.
[[gnu::always_inline]] static inline int help_once(Job& job, Deadline deadline, Wait::Kind kind) {
  if (job.claimable_here()) return run_some(job, deadline, kind);
  if (PoolContext* const pool = left_by_workers(job)) [[unlikely]] {
    const ScopeExit kept([&] { pool->release(); });
    if (kind != Wait::must_not_return && !has_stack()) return TP_EDEADLK;
    return job.go_on_left() ? TP_OK : TP_ETIMEDOUT;
  }
  Job* const next = before(job);
  if (!next) return TP_ETIMEDOUT;
  const Reference own(*next);
  return run_some(*next, deadline, kind);
}

/// What it runs may let others start, which the walk comes to next: so a long chain is walked once.
static int help_dependent(Job& job, Deadline deadline, Wait::Kind kind) {
  Dependencies walk(job);
  int status = TP_OK;
  while (status == TP_OK && !job.available()) {
    Job* const next = walk.find(has_next);
    status = next ? help_once(*next, deadline, kind) : TP_ETIMEDOUT;
  }
  return status == TP_EDEADLK ? status : TP_OK;
}

int help(Job& job, Deadline deadline, Wait::Kind kind) {
  if (job.dependent()) return help_dependent(job, deadline, kind);
  int status = TP_OK;
  while (status == TP_OK && !job.available()) status = help_once(job, deadline, kind);
  return status == TP_EDEADLK ? status : TP_OK;
}

bool run_next_callback() {
  PoolContext* const pool = callback_pool();
  return pool && has_stack() && pool->callbacks().run_nested();
}

bool run_meanwhile(Job& job) {
  if (Followers::run_all() || run_next_callback()) return true;
  // a worker of the pool runs what is left in help
  if (this_thread.pool == &job.pool() || !job.done() || job.available()) return false;
  // the strand is, or was, manual: only threads outside of the pool run it
  return job.keeps_pool() && has_stack() && job.pool().callbacks().run_due(job.pool(), &job) != 0;
}

int sleep(const Awaited& awaited, Wait::Kind kind, const Job* traced, Deadline deadline) {
  for (const CallScope* scope = CallScope::current(); scope; scope = scope->outer())
    if (scope->pool()) scope->pool()->yield_sweep();
  Wait wait(awaited, kind);
  if (this_thread.pool && this_thread.pool->taker()) [[unlikely]]
    this_thread.pool->notify();  // who waits hands out nothing, so another worker may have to come
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
  const bool helps = may_help(job);
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
    const int status =
        block(job, deadline, kind, [&] { return job.available() || (helps && can_help(job)); });
    if (status != TP_OK || job.available()) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
  }
}

/// A job that its group holds back may be given up: it ends, and then so does the wait.
void wait_over(Job& job) {
  for (;;) {
    const bool may_return = job.waits_for_group();
    const auto kind = may_return ? Wait::checked : Wait::must_not_return;
    const int status = wait(job, Deadline::never(), kind);
    if (status == TP_OK) return;
    if (status == TP_EDEADLK && may_return) job.cancel_pending(TP_EDEADLK);
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
  const auto has_item = [](Job* job) { return may_help(*job) && can_help(*job); };
  const auto ran_meanwhile = [](Job* job) { return run_meanwhile(*job); };
  const Lifted lifted(jobs, count, deadline);
  WaitingForAny waiting(jobs, count);
  BlockedCallback callback(this_parker());
  for (;;) {
    for (std::size_t i = 0; i < count; ++i) jobs[i]->watch_deadline();
    for (std::size_t i = 0; i < count && first_available() == end; ++i)
      if (may_help(*jobs[i]))
        if (const int status = help(*jobs[i], deadline); status != TP_OK) return status;
    if (Job* const* const found = first_available(); found != end) {
      index = static_cast<std::size_t>(found - jobs);
      return TP_OK;
    }
    if (deadline.passed()) return TP_ETIMEDOUT;
    if (std::any_of(jobs, end, [](Job* job) { return runs_taken_from(&job->pool()); }))
      return TP_EDEADLK;
    if (kind != Wait::must_not_return && Followers::lack_stack()) return TP_EDEADLK;
    if (std::any_of(jobs, end, has_item) || std::any_of(jobs, end, ran_meanwhile)) continue;
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
    if (may_help(*jobs[i]) && !deadline.passed())
      if (const int status = help(*jobs[i], deadline); status != TP_OK) return status;
  for (std::size_t i = 0; i < count; ++i)
    if (const int status = wait(*jobs[i], deadline); status != TP_OK) return status;
  return TP_OK;
}

}  // namespace tp::core
