// SPDX-License-Identifier: MIT
// Stage 6: jobs of which a worker runs the rest; from result/job, to result/pool_context.
#pragma once

#include <atomic>

#include "base/mutex.h"

namespace tp::core {

class Job;

/// User code has ended the thread that was at the end of such a job, or the timer leaves its cut to a worker. A worker
/// takes the first one before anything else. One that waits for such a job takes that one. Thread-safe.
class Deferred {
 public:
  /// Adds the job. Whether it is the only one.
  bool add(Job& job) noexcept;
  bool any() const noexcept { return first_.load() != nullptr; }
  /// Takes the first one; nullptr when there is none.
  Job* next() noexcept;
  /// Takes this one; false when another thread has.
  bool take(Job& job) noexcept;
  /// The same for a job that was added for its cut. Once a thread has taken it, it may be here again, but for its end.
  bool take_back(Job& job) noexcept;

 private:
  bool remove(Job& job) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  std::atomic<Job*> first_{nullptr};  // written under mutex_
  Job* last_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
