// SPDX-License-Identifier: MIT
// Stage 5: the jobs that have started and are not over, and those of them with something to claim.
// From worker/worker, to result/job.
#pragma once

#include <atomic>

#include "base/mutex.h"
#include "result/job.h"

namespace tp::core {

/// Two intrusive lists: nothing here can run out of memory. Open jobs are served in the order in
/// which they were opened, at each level; a stream that has had its turn goes to the back.
/// A job is taken off the open list only after it has been marked closed and then looked at again:
/// whoever makes work either sees the mark and opens it, or is seen. Thread-safe.
class Board {
 public:
  /// The job has work; remembers it as started. False when it is over.
  bool open(Job& job) noexcept;
  /// The job is over: it is in no list from here on.
  void shut(Job& job) noexcept;
  bool any_open() const noexcept {
    return any_open(Level::normal) || any_open(Level::urgent) || any_open(Level::background);
  }
  bool any_open(Level level) const noexcept { return open_count_[index_of(level)].load() != 0; }
  /// An open job of the level with something to claim, with a reference; nullptr when there is none.
  Job* find(Level level = Level::normal) noexcept;
  /// The job's end, or its cut, is for a worker to go on with.
  /// Whether it is the only one.
  bool defer(Job& job) noexcept;
  bool any_deferred() const noexcept { return deferred_.load() != nullptr; }
  /// The one that was deferred first.
  Job* next_deferred() noexcept;
  /// False when a worker has taken it; it may be here again then, for its end.
  bool take_back_deferred(Job& job) noexcept;
  /// A started job that this has not returned before, with a reference; nullptr when there is none.
  Job* next_to_sweep() noexcept;
  /// Opens all started streams, because there is room in their windows. Whether one was not open.
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

  List& list_of(Job& job) noexcept TP_REQUIRES(mutex_) {
    return open_[index_of(job.extras().level)];
  }
  std::atomic<std::size_t>& count_of(Job& job) noexcept {
    return open_count_[index_of(job.extras().level)];
  }
  void put(Job& job) noexcept TP_REQUIRES(mutex_);
  void close(Job& job) noexcept TP_REQUIRES(mutex_);

  Mutex mutex_;
  List open_[kLevels] TP_GUARDED_BY(mutex_);
  List started_ TP_GUARDED_BY(mutex_);
  std::atomic<std::size_t> open_count_[kLevels]{};
  std::atomic<Job*> deferred_{nullptr};  // the first; written under mutex_
  Job* last_deferred_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
