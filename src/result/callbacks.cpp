// SPDX-License-Identifier: MIT
// Stage 6: the callback lane; from result/job, to the waiter.
#include "result/callbacks.h"

#include <utility>

#include "base/noise.h"
#include "result/job.h"

namespace tp::core {

void CallbackLane::deliver(Job& job) {
  PoolContext& owner = job.owner();
  job.state_.store(Job::kDone);
  job.waiters().wake_all();  // waiters inside callbacks
  noise("callbacks.deliver");
  Lock lock(mutex_);
  (tail_ ? tail_->extras().next_due : head_) = &job;
  tail_ = &job;
  if (is_manual()) {  // under the mutex, so that no thread ends the job and the pool meanwhile
    set_runner(runner_);
    job.waiters().wake_all();
    if (beacon_.is_open() && head_ == tail_) beacon_.raise();
    if (blocked_) blocked_->unpark();
    owner.idle().wake_all();
    return;
  }
  if (runner_) {
    if (blocked_) blocked_->unpark();
    return;
  }
  set_runner(&this_parker());
  lock.unlock();
  noise("callbacks.run");
  run(owner, Frame::current() ? &job : nullptr);
}

void CallbackLane::make_automatic() noexcept {
  Lock lock(mutex_);
  manual_.store(false);
  due_.store(!runner_ && head_);
  tell_waiters();  // a worker among them may run callbacks from now on
}

int CallbackLane::fd() noexcept {
  Lock lock(mutex_);
  if (!beacon_.is_open() && beacon_.open() && head_) beacon_.raise();
  return beacon_.fd();
}

std::size_t CallbackLane::run_due(PoolContext& owner, Job* until) {
  {
    Lock lock(mutex_);
    if (runner_ || !head_) return 0;
    set_runner(&this_parker());
  }
  return run(owner, until);
}

std::size_t CallbackLane::run(PoolContext& owner, Job* until) {
  // once the last job has ended, an outside thread has no other right to the pool, and it still looks at the lane
  const bool outside = this_thread.owner != &owner;
  if (outside) owner.retain();
  const Finally rest([&] {
    leave(owner);
    if (outside) owner.release();
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

void CallbackLane::leave(PoolContext& owner) noexcept {
  noise("callbacks.leave");
  Lock lock(mutex_);
  if (runner_ != &this_parker()) return;  // it has left before
  set_runner(nullptr);
  if (!head_) return;
  tell_waiters();
  owner.idle().wake_all();
  if (is_manual()) return;
  lock.unlock();
  noise("callbacks.left");
  owner.notify();
}

/// A thread that waits for a due job may be the only one that will run the job's callback.
void CallbackLane::tell_waiters() noexcept {
  for (Job* job = head_; job; job = job->extras().next_due) job->waiters().wake_all();
}

void CallbackLane::set_runner(Parker* runner) noexcept {
  runner_ = runner;
  due_.store(!runner && head_);
}

/// The next job for a thread that runs the lane, or has left it from inside a callback. In the second
/// case another thread may run the lane by now: then nullptr.
Job* CallbackLane::next() noexcept {
  Lock lock(mutex_);
  if (runner_ && runner_ != &this_parker()) return nullptr;
  set_runner(&this_parker());
  return pop();
}

Job* CallbackLane::pop() noexcept {
  Job* const job = head_;
  if (!job) return nullptr;
  head_ = std::exchange(job->extras().next_due, nullptr);
  if (head_) return job;
  tail_ = nullptr;
  if (beacon_.is_open()) beacon_.lower();
  return job;
}

bool CallbackLane::has_next() noexcept {
  Lock lock(mutex_);
  return head_ != nullptr;
}

bool CallbackLane::run_nested() {
  mutex_.lock();
  Job* const job = pop();
  mutex_.unlock();
  if (job) job->call_back();
  return job != nullptr;
}

Parker* CallbackLane::set_blocked(Parker* parker) noexcept {
  Lock lock(mutex_);
  return std::exchange(blocked_, parker);
}

}  // namespace tp::core
