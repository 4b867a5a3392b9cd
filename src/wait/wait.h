// SPDX-License-Identifier: MIT
// Stage 7: waiting for jobs, and helping meanwhile; from result/job, to the waiter.
#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/stack.h"
#include "base/sync_point.h"
#include "queue/stream_job.h"
#include "result/followers.h"
#include "result/group.h"
#include "trace/traced.h"
#include "wait/dependencies.h"
#include "wait/wait_graph.h"

namespace tp::core {

/// Waits until the calling thread may take the job's outcome. TP_OK, TP_ETIMEDOUT or TP_EDEADLK.
int wait(Job& job, Deadline deadline, Wait::Kind kind = Wait::checked);

/// The same without an end and without TP_EDEADLK, because the job uses the caller's memory. REQUIRES: not
/// lacks_stack(whether the calling thread may help).
void wait_over(Job& job);

/// Whether a wait would have to run something, and there is no stack for that. helps: it runs items, too.
inline bool lacks_stack(bool helps) noexcept {
  return helps ? !has_stack() : Followers::lack_stack();
}

/// Waits until the thread may take the outcome of any of the jobs, and says which (the lowest index), or of all jobs.
int wait_any(Job* const* jobs, std::size_t count, Deadline deadline, std::size_t& index,
             Wait::Kind kind = Wait::checked);
int wait_all(Job* const* jobs, std::size_t count, Deadline deadline);

/// Whether the calling thread may run items of the job, or of what the job depends on, or the end of either.
inline bool may_help(Job& job) noexcept {
  return job.helpable() || this_thread.pool == &job.pool() || (job.dependent() && this_thread.pool);
}
/// Whether there is something to run of that, or of a job that its group runs before it.
bool can_help(Job& job) noexcept;

/// Runs the job's items here, or items of what it depends on, or of jobs that its group runs before it, until its
/// outcome is available or none is left to start. TP_OK, or TP_EDEADLK if the stack is short and the wait may return.
/// REQUIRES: the calling thread may help.
int help(Job& job, Deadline deadline, Wait::Kind kind = Wait::checked);

/// Waits for the next value of a stream. TP_OK, TP_END, TP_ETIMEDOUT, TP_EDEADLK, or why an item or the stream failed;
/// then error says more, with a reference.
int next(StreamJob& stream, Deadline deadline, void* value, Error*& error);

/// Gives an item to a stream that is fed. TP_OK, TP_ETIMEDOUT while the window is full, TP_EDEADLK, or why the stream
/// takes no more: as StreamJob::try_push.
int push(StreamJob& stream, const void* item, Deadline deadline);

/// While it exists, streams among the jobs, and those that the jobs depend on, have no windows, because the calling
/// thread, which waits for their ends, may be the one that would read them. A poll lifts none. REQUIRES: the array
/// exists as long.
class Lifted {
 public:
  Lifted(Job* const* jobs, std::size_t count, Deadline deadline)
      : jobs_(jobs),
        count_(deadline.is_poll() ? 0 : count),
        deeper_(jobs_, count_, KeptDependencies::streams) {
    for (std::size_t i = 0; i < count_; ++i)
      if (StreamJob* const stream = as_stream(*jobs_[i])) stream->lift();
    for (Job* const stream : deeper_) as_stream(*stream)->lift();
  }
  ~Lifted() {
    for (Job* const stream : deeper_) as_stream(*stream)->unlift();
    for (std::size_t i = 0; i < count_; ++i)
      if (StreamJob* const stream = as_stream(*jobs_[i])) stream->unlift();
  }
  Lifted(const Lifted&) = delete;
  Lifted& operator=(const Lifted&) = delete;

 private:
  Job* const* const jobs_;
  const std::size_t count_;
  const KeptDependencies deeper_;  // that the jobs depend on
};

/// While a callback of the calling thread blocks, its strand knows that this thread runs further callbacks.
class BlockedCallback {
 public:
  explicit BlockedCallback(Parker& parker) noexcept : pool_(callback_pool()) {
    if (pool_) outer_ = pool_->callbacks().set_blocked(&parker);
  }
  ~BlockedCallback() {
    if (pool_) pool_->callbacks().set_blocked(outer_);
  }
  BlockedCallback(const BlockedCallback&) = delete;
  BlockedCallback& operator=(const BlockedCallback&) = delete;

 private:
  PoolContext* const pool_;
  Parker* outer_ = nullptr;
};

/// Runs a callback while the calling thread is blocked on the job: the next one, if the thread is inside a callback; or
/// the job's own, if the strand is free and the thread may run it. False when there is none.
bool run_meanwhile(Job& job);

/// Runs the next callback, if the calling thread is inside one. False when there is none.
bool run_next_callback();

/// Parks the calling thread until it is woken. Other threads see what it waits for, and may tell it to help with a job.
/// traced: the job that a trace names, or nullptr. TP_OK when the thread should look again, TP_ETIMEDOUT, TP_EDEADLK.
int sleep(const Awaited& awaited, Wait::Kind kind, const Job* traced, Deadline deadline);

/// Blocks until condition() holds, as a waiter of the job. TP_OK, TP_ETIMEDOUT, TP_EDEADLK.
template <class Condition>
int block(Job& job, Deadline deadline, Wait::Kind kind, Condition condition) {
  if (deadline.is_poll()) return condition() ? TP_OK : TP_ETIMEDOUT;
  if (runs_taken_from(&job.pool()) && kind != Wait::must_not_return) return TP_EDEADLK;
  Job* const awaited = &job;
  Waiting waiting(job.waiters());
  std::optional<Waiting> for_turn;  // its group may hold it back
  if (Group* const group = job.group()) for_turn.emplace(group->waiters());
  job.expect_wake();
  sync_point("wait.block");
  if (is_stream(job)) heavy_fence();  // a stream publishes its items; the end of a job is seq_cst
  BlockedCallback callback(waiting.parker());
  for (;;) {
    if (condition()) return TP_OK;
    if (kind != Wait::must_not_return && Followers::lack_stack()) return TP_EDEADLK;
    if (run_meanwhile(job)) continue;
    const Deadline until = Deadline::earlier(deadline, job.unwatched_deadline());
    const int status = sleep({&awaited, 1}, kind, &job, until);
    if (status == TP_EDEADLK) return condition() ? TP_OK : status;
    if (status == TP_OK) continue;
    job.watch_deadline();
    if (deadline.passed()) return condition() ? TP_OK : TP_ETIMEDOUT;
  }
}

/// Blocks until condition() holds. Threads of a pool make it true and then wake the list. TP_OK, TP_ETIMEDOUT,
/// TP_EDEADLK. REQUIRES: the pool exists.
template <class Condition>
int wait_for_pool(WaitList& list, const Awaited& awaited, Wait::Kind kind, Deadline deadline,
                  Condition condition) {
  if (condition()) return TP_OK;
  if (deadline.is_poll()) return TP_ETIMEDOUT;
  Waiting waiting(list);
  sync_point("wait.listed");
  heavy_fence();
  BlockedCallback callback(waiting.parker());
  while (!condition()) {
    if (kind != Wait::must_not_return && Followers::lack_stack()) return TP_EDEADLK;
    if (Followers::run_all() || run_next_callback()) continue;
    const int status = sleep(awaited, kind, nullptr, deadline);
    if (status != TP_OK) return condition() ? TP_OK : status;
  }
  return TP_OK;
}

}  // namespace tp::core
