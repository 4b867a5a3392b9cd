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
  if (is_manual()) return tell(job);
  if (runner_) {
    if (blocked_) blocked_->unpark();
    return;
  }
  set_runner(&this_parker());
  lock.unlock();
  noise("callbacks.run");
  run(owner, Frame::current() ? &job : nullptr);
}

/// Tells those outside that the job's callback is due. The lane is held, so that nobody ends the job
/// and the pool meanwhile.
void CallbackLane::tell(Job& job) noexcept {
  set_runner(runner_);
  job.waiters().wake_all();
  if (beacon_.is_open() && head_ == tail_) beacon_.raise();
  if (blocked_) blocked_->unpark();
  job.owner().idle().wake_all();
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
  // the last job's end is an outside thread's last right to the pool, but not its last look at the lane
  const bool outside = this_thread.owner != &owner;
  if (outside) owner.retain();
  const Finally rest([&] {
    if (outside) owner.release();
  });
  struct Leave {
    CallbackLane& lane;
    PoolContext& owner;
    ~Leave() { lane.leave(owner); }
  } leave{*this, owner};
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
  if (runner_ != &this_parker()) return;  // it has stepped out
  set_runner(nullptr);
  if (!head_) return;
  tell_waiters();
  owner.idle().wake_all();
  if (is_manual()) return;
  lock.unlock();
  noise("callbacks.left");
  owner.notify();
}

/// One of those who wait for a job that is due may be the only one to run its callback.
void CallbackLane::tell_waiters() noexcept {
  for (Job* job = head_; job; job = job->extras().next_due) job->waiters().wake_all();
}

void CallbackLane::step_out(PoolContext& owner) noexcept {
  if (!Frame::inside_callback(&owner)) leave(owner);
}

void CallbackLane::set_runner(Parker* runner) noexcept {
  runner_ = runner;
  due_.store(!runner && head_);
}

/// The next one for the thread that runs the lane, or has stepped out of it: then others may have
/// taken it over.
Job* CallbackLane::next() noexcept {
  Lock lock(mutex_);
  if (runner_ && runner_ != &this_parker()) return nullptr;
  set_runner(&this_parker());
  return pop();
}

Job* CallbackLane::pop() noexcept {
  Job* const job = head_;
  if (!job) return nullptr;
  head_ = job->extras().next_due;
  if (!head_) {
    tail_ = nullptr;
    if (beacon_.is_open()) beacon_.lower();
  }
  job->extras().next_due = nullptr;
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
