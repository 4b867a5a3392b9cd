// SPDX-License-Identifier: MIT
// Stage 6: a pool whose items are taken to be run elsewhere; from queue/*, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"
#include "result/error.h"
#include "tpool/task.h"

namespace tp::core {

class Job;

/// Consecutive items of one job that a taker has. The job, its task, items and values stay until each is finished.
struct TakenItems {
  Job* job;
  const tp_task_t* task;
  std::size_t first, count;  // index in the job
  const char* items;         // nullptr without items; as values
  std::size_t item_stride;
  char* values;
  std::size_t value_stride;
  std::uint64_t limit_ns;  // for each item; 0: none
  std::size_t chunk;       // so many run one after another on one worker; 0: automatic
  void* place;             // the job's own
};

/// How some taken items have ended. at: of the first one, counted from TakenItems::first.
struct TakenEnd {
  std::size_t at, count;
  int status;  // with `unrun`: none of them has started, and the job tells why
  int code;
  bool unrun;
  Cause cause;  // passes to the job
};

/// What any thread gives to a pool that has a taker, for a worker of the pool to go on with.
struct Posted {
  Posted* next = nullptr;
};

/// Who takes the items of a pool. Its functions get ctx; none but take and absorb may run user code. The workers of
/// such a pool run no items: they hand them out, call sources, callbacks and hooks, and end jobs.
struct Taker {
  void* ctx;
  bool takes;  // false: the pool's own workers run its items; then only check, lease and drop are used
  std::atomic<std::size_t> workers{0};  // that stand behind it

  /// TP_OK; or refuses a task that comes from outside of the pool's items.
  int (*check)(void* ctx, const tp_task_t& task);
  /// A call with the task begins, which may use its ctx until Release is called with that; nullptr: it need not be.
  using Release = void(void* ctx);
  Release* (*lease)(void* ctx, const tp_task_t& task) = nullptr;
  /// Holds room for at most wanted items of the task, of left that wait; how many. must: for one at least. What was
  /// held is given to take, or given up by take with a count of 0.
  std::size_t (*reserve)(void* ctx, const tp_task_t& task, std::size_t left, bool must,
                         void** room);
  void (*take)(void* ctx, void* room, const TakenItems& taken);
  /// A worker of the pool goes on with what was posted.
  void (*absorb)(void* ctx, Posted& posted);
  /// All jobs are over. Waits for the end of the taker until the deadline: TP_OK or TP_ETIMEDOUT.
  int (*leave)(void* ctx, Deadline deadline);
  /// The pool is about to be freed.
  void (*drop)(void* ctx);
};

/// What was posted, oldest first. Thread-safe.
class Inbox {
 public:
  void add(Posted& posted) noexcept {
    Lock lock(mutex_);
    posted.next = nullptr;
    (last_ ? last_->next : first_) = &posted;
    last_ = &posted;
    count_.fetch_add(1);
  }
  bool any() const noexcept { return count_.load() != 0; }
  /// nullptr when there is nothing.
  Posted* next() noexcept {
    if (!any()) return nullptr;
    Lock lock(mutex_);
    Posted* const posted = first_;
    if (!posted) return nullptr;
    if (!(first_ = posted->next)) last_ = nullptr;
    count_.fetch_sub(1);
    return posted;
  }

 private:
  Mutex mutex_;
  Posted* first_ TP_GUARDED_BY(mutex_) = nullptr;
  Posted* last_ TP_GUARDED_BY(mutex_) = nullptr;
  std::atomic<std::size_t> count_{0};
};

}  // namespace tp::core
