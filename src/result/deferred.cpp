// SPDX-License-Identifier: MIT
// Stage 6: jobs of which a worker runs the rest; from result/job, to result/pool_context.
#include "result/deferred.h"

#include <utility>

#include "result/job.h"

namespace tp::core {

bool Deferred::add(Job& job) noexcept {
  Lock lock(mutex_);
  const bool is_only_one = !last_;
  if (job.extras_) job.extras_->is_deferred.store(true);
  job.deferred_link() = nullptr;
  if (last_)
    last_->deferred_link() = &job;
  else
    first_.store(&job);
  last_ = &job;
  return is_only_one;
}

Job* Deferred::next() noexcept {
  if (!any()) return nullptr;
  Lock lock(mutex_);
  Job* const job = first_.load();
  if (job) remove(*job);
  return job;
}

bool Deferred::take(Job& job) noexcept {
  Lock lock(mutex_);
  return remove(job);
}

bool Deferred::take_back(Job& job) noexcept {
  Lock lock(mutex_);
  return job.remaining() && remove(job);
}

/// Whether it was there.
bool Deferred::remove(Job& job) noexcept {
  Job* before = nullptr;
  Job* at = first_.load();
  for (; at && at != &job; at = at->deferred_link()) before = at;
  if (!at) return false;
  if (job.extras_) job.extras_->is_deferred.store(false);
  Job* const next = std::exchange(job.deferred_link(), nullptr);
  if (before)
    before->deferred_link() = next;
  else
    first_.store(next);
  if (last_ == &job) last_ = before;
  return true;
}

bool Job::may_be_left() const noexcept {
  return extras_ && !ready() && (extras_->is_deferred.load() || done());
}

bool Job::is_left() noexcept {
  return may_be_left() && (extras_->is_deferred.load() || pool_->callbacks().due());
}

bool Job::go_on_left() {
  if (pool_->deferred().take(*this)) {
    go_on();
    return true;
  }
  return done() && !ready() && pool_->callbacks().run_due(*pool_, this) != 0;
}

}  // namespace tp::core
