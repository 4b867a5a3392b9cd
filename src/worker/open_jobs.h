// SPDX-License-Identifier: MIT
// Stage 5: the jobs that have started, and those that are open; from worker/work_finder, to result/job.
#pragma once

#include <atomic>

#include "base/mutex.h"
#include "result/job.h"

namespace tp::core {

/// Intrusive lists, which need no memory. The open jobs of a priority are served in the order in which they were
/// opened; a stream that has had its turn goes to the back. find() marks a job closed, and looks at it again,
/// before it takes it off the list. So a thread that makes work either sees the mark and opens the job, or find()
/// sees the work. Thread-safe.
class OpenJobs {
 public:
  /// The job has work, and has started. False when it is over.
  bool open(Job& job) noexcept;
  /// The job may not start yet, but a sweep finds it.
  void hold(Job& job) noexcept;
  /// The job is over. From here on it is in no list.
  void shut(Job& job) noexcept;
  bool any_open(Priority priority = Priority::normal) const noexcept {
    return open_count_[index_of(priority)].load() != 0;
  }
  /// An open job of the priority that has something to claim, with a reference; nullptr when there is none.
  Job* find(Priority priority = Priority::normal) noexcept;
  /// A started job that this has not returned before, with a reference; nullptr when there is none.
  Job* next_to_sweep() noexcept;
  /// Calls take(job) for each started job, under the lock.
  template <class Take>
  void each_started(Take take) noexcept {
    Lock lock(mutex_);
    for (Job* job = started_.first; job; job = job->extras().started_link.next) take(*job);
  }
  /// Opens all started streams, because their windows are lifted. Whether one was not open.
  bool open_streams() noexcept;

 private:
  struct List {
    Job* first = nullptr;
    Job* last = nullptr;
    template <Job::Link Job::Extras::*L>
    void push_back(Job& job) noexcept;
    template <Job::Link Job::Extras::*L>
    void remove(Job& job) noexcept;
  };

  void start(Job& job) noexcept TP_REQUIRES(mutex_);
  void put(Job& job) noexcept TP_REQUIRES(mutex_);
  void close(Job& job) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  List open_[kPriorities] TP_GUARDED_BY(mutex_);
  List started_ TP_GUARDED_BY(mutex_);
  std::atomic<std::size_t> open_count_[kPriorities]{};
};

}  // namespace tp::core
