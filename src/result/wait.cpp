// SPDX-License-Identifier: MIT
// Stage 7: waiting for jobs; from result/job, to the waiter.
#include "result/wait.h"

#include <pthread.h>

#include <cstdint>
#include <cstdlib>

namespace tp::core {
namespace {

constexpr std::uint64_t kSpinNs = 10'000;  // the knee that libuv #5233 measured
constexpr std::size_t kStackReserve = 128 * 1024;

/// The lowest address that a task may still be started at on this thread's stack.
std::uintptr_t stack_limit() noexcept {
  static thread_local constinit std::uintptr_t limit = 0;
  if (limit) return limit;
  pthread_attr_t attr;
  void* low = nullptr;
  std::size_t size = 0;
  limit = 1;  // unknown: no limit
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return limit;
  if (pthread_attr_getstack(&attr, &low, &size) == 0) {
    const std::size_t reserve = size / 4 < kStackReserve ? size / 4 : kStackReserve;
    limit = reinterpret_cast<std::uintptr_t>(low) + reserve;
  }
  pthread_attr_destroy(&attr);
  return limit;
}

/// Waits a little without the kernel: the answer is often on its way.
template <class Condition>
bool spin(Condition condition) noexcept {
  for (const std::uint64_t end = now_ns() + kSpinNs; now_ns() < end;) {
    if (condition()) return true;
    cpu_relax();
  }
  return false;
}

/// Runs the job's items here until its outcome is available or none is left to start.
int help(Job& job, Deadline deadline) {
  while (!job.available() && job.claimable()) {
    if (!has_stack()) return TP_EDEADLK;
    if (!job.help(deadline)) break;
    if (deadline.passed()) break;
  }
  return TP_OK;
}

/// Registered with several jobs at once; with the first ones only where memory fails.
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
    }
  }
  ~WaitingForAny() {
    for (std::size_t i = 0; i < count_; ++i) jobs_[i]->waiters().remove(nodes_[i]);
    if (nodes_ != inline_) std::free(nodes_);
  }
  WaitingForAny(const WaitingForAny&) = delete;
  WaitingForAny& operator=(const WaitingForAny&) = delete;
  /// Until when to sleep: what it is not registered with has to be polled.
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

}  // namespace

bool has_stack() noexcept {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) > stack_limit();
}

bool run_meanwhile(Job& job) {
  if (Owner* const owner = callback_owner(); owner && has_stack() && owner->callbacks().run_nested())
    return true;
  if (!job.done() || this_worker.owner != &job.owner() || !job.owner().callbacks().due())
    return false;
  job.owner().callbacks().run_due(job.owner(), &job);
  return true;
}

namespace {

int wait(Job& job, Deadline deadline, bool may_return) {
  const bool helps = job.helpable();
  for (;;) {
    if (job.available()) return TP_OK;
    if (helps)
      if (const int status = help(job, deadline); status != TP_OK) return status;
    const auto available = [&] { return job.available(); };
    if (!deadline.is_poll() && !Frame::current() && spin(available)) return TP_OK;
    const int status =
        block(job, deadline, may_return, [&] { return job.available() || (helps && job.claimable()); });
    if (status != TP_OK || job.available()) return status;
    if (deadline.passed()) return TP_ETIMEDOUT;
  }
}

}  // namespace

int wait(Job& job, Deadline deadline) { return wait(job, deadline, true); }

void wait_over(Job& job) {
  while (wait(job, Deadline::never(), false) != TP_OK) {
  }
}

int wait_any(Job* const* jobs, std::size_t count, Deadline deadline, std::size_t& index) {
  if (count == 1) {
    const int status = wait(*jobs[0], deadline);
    if (status == TP_OK) index = 0;
    return status;
  }
  const auto first_available = [&] {
    std::size_t i = 0;
    while (i < count && !jobs[i]->available()) ++i;
    return i;
  };
  const auto claimable = [&] {
    for (std::size_t i = 0; i < count; ++i)
      if (jobs[i]->helpable() && jobs[i]->claimable()) return true;
    return false;
  };
  WaitingForAny waiting(jobs, count);
  for (;;) {
    for (std::size_t i = 0; i < count && first_available() == count; ++i)
      if (jobs[i]->helpable())
        if (const int status = help(*jobs[i], deadline); status != TP_OK) return status;
    const std::size_t found = first_available();
    if (found < count) return index = found, TP_OK;
    if (claimable() && !deadline.passed()) continue;
    this_parker().park(waiting.sleep(deadline, count));
    if (deadline.passed() && first_available() == count) return TP_ETIMEDOUT;
  }
}

int wait_all(Job* const* jobs, std::size_t count, Deadline deadline) {
  for (std::size_t i = 0; i < count; ++i)
    if (const int status = wait(*jobs[i], deadline); status != TP_OK) return status;
  return TP_OK;
}

}  // namespace tp::core
