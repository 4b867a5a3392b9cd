// SPDX-License-Identifier: MIT
// Stage 6: the callback strand; from result/job, to the waiter.
#include "result/callbacks.h"

#include <utility>

#include "base/sync_point.h"
#include "result/job.h"

namespace tp::core {

void CallbackStrand::deliver(Job& job) {
  PoolContext& pool = job.pool();
  job.life_.fetch_or(Job::kDone);
  job.waiters().wake_all();  // waiters inside callbacks
  sync_point("callbacks.deliver");
  Lock lock(mutex_);
  (tail_ ? tail_->extras().next_due : head_) = &job;
  tail_ = &job;
  if (is_manual()) {  // under the mutex, so that no thread ends the job and the pool meanwhile
    set_runner(runner_);
    job.waiters().wake_all();
    if (self_pipe_.is_open() && head_ == tail_) self_pipe_.raise();
    if (blocked_) blocked_->unpark();
    pool.idle().wake_all();
    return;
  }
  if (runner_) {
    if (blocked_) blocked_->unpark();
    return;
  }
  set_runner(&this_parker());
  lock.unlock();
  sync_point("callbacks.run");
  run(pool, CallScope::current() ? &job : nullptr);
}

void CallbackStrand::make_automatic() noexcept {
  Lock lock(mutex_);
  manual_.store(false);
  due_.store(!runner_ && head_);
  tell_waiters();  // a worker among them may run callbacks from now on
}

int CallbackStrand::fd() noexcept {
  Lock lock(mutex_);
  if (!self_pipe_.is_open() && self_pipe_.open() && head_) self_pipe_.raise();
  return self_pipe_.fd();
}

std::size_t CallbackStrand::run_due(PoolContext& pool, Job* until) {
  {
    Lock lock(mutex_);
    if (runner_ || !head_) return 0;
    set_runner(&this_parker());
  }
  return run(pool, until);
}

std::size_t CallbackStrand::run(PoolContext& pool, Job* until) {
  // once the last job has ended, an outside thread has no other right to the pool, and it still looks at the strand
  const bool outside = this_thread.pool != &pool;
  if (outside) pool.retain();
  const ScopeExit rest([&] {
    leave(pool);
    if (outside) pool.release();
  });
  std::size_t count = 0;
  for (bool last = false; !last; ++count) {
    Job* const job = next();
    if (!job) break;
    last = job == until;
    job->call_back();
  }
  return count;
}

void CallbackStrand::leave(PoolContext& pool) noexcept {
  sync_point("callbacks.leave");
  Lock lock(mutex_);
  if (runner_ != &this_parker()) return;  // it has left before
  set_runner(nullptr);
  if (!head_) return;
  tell_waiters();
  pool.idle().wake_all();
  if (is_manual()) return;
  lock.unlock();
  sync_point("callbacks.left");
  pool.notify();
  pool.unblock_any();
}

/// A thread that waits for a due job may be the only one that will run the job's callback.
void CallbackStrand::tell_waiters() noexcept {
  for (Job* job = head_; job; job = job->extras().next_due) job->wake_helpers();
}

void CallbackStrand::set_runner(Parker* runner) noexcept {
  runner_ = runner;
  due_.store(!runner && head_);
}

/// The next job for a thread that runs the strand, or has left it from inside a callback. In the second
/// case another thread may run the strand by now: then nullptr.
Job* CallbackStrand::next() noexcept {
  Lock lock(mutex_);
  if (runner_ && runner_ != &this_parker()) return nullptr;
  set_runner(&this_parker());
  return pop();
}

Job* CallbackStrand::pop() noexcept {
  Job* const job = head_;
  if (!job) return nullptr;
  head_ = std::exchange(job->extras().next_due, nullptr);
  if (head_) return job;
  tail_ = nullptr;
  if (self_pipe_.is_open()) self_pipe_.lower();
  return job;
}

bool CallbackStrand::has_next() noexcept {
  Lock lock(mutex_);
  return head_ != nullptr;
}

bool CallbackStrand::run_nested() {
  mutex_.lock();
  Job* const job = pop();
  mutex_.unlock();
  if (job) job->call_back();
  return job != nullptr;
}

Parker* CallbackStrand::set_blocked(Parker* parker) noexcept {
  Lock lock(mutex_);
  return std::exchange(blocked_, parker);
}

}  // namespace tp::core
