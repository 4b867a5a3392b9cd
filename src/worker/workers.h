// SPDX-License-Identifier: MIT
// Stage 5: which threads are a pool's workers, and how many; from worker/pool, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "base/mutex.h"
#include "tpool/task.h"
#include "worker/leavers.h"
#include "worker/placement.h"
#include "worker/roster.h"

namespace tp::core {

/// The table of workers, and the threads that are them. Workers come and leave under one mutex, whose unlock
/// is the last touch of the pool for a thread that is no worker: so whoever frees the pool takes it once
/// before. Thread-safe.
class Workers {
 public:
  explicit Workers(Pool& pool) noexcept : pool_(pool) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Starts the workers: TP_OK, or none is left and TP_EAGAIN, TP_ENOMEM, TP_EINVAL.
  int start();
  /// Changes the number of workers: TP_OK, TP_ECLOSED, TP_EINIT, TP_EAGAIN, TP_ENOMEM.
  int resize(std::size_t count);
  /// The calling thread serves as a worker: TP_OK, TP_END, TP_EAGAIN, TP_EINIT. ran counts items.
  int enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran);
  /// Threads that are or will be workers.
  const std::atomic<std::size_t>& alive() const noexcept { return alive_; }
  /// Until no worker has in its hands what it claimed before it saw the sweep: it has started that, or
  /// put it where the sweep finds it. REQUIRES: settled since the sweep began.
  void await_hands() noexcept;
  /// The pool's handle is gone: the last worker ends the pool. True when it has left already.
  bool orphan() noexcept;
  /// A thread that is no worker counts a job as ended, and touches the pool no more, unless it has to free
  /// it: then true.
  bool end_outside() noexcept;
  void join_threads() noexcept;

  const char* name() const noexcept { return name_; }
  const Roster& roster() const noexcept { return roster_; }
  const Placement& placement() const noexcept { return placement_; }
  Leavers& leavers() noexcept { return leavers_; }
  bool may_spin() const noexcept { return may_spin_.load(); }
  /// A thread that has been started has to know first whether it is needed.
  void await_resize() noexcept { Lock resized(resizing_); }
  /// A worker that has been lost is started anew, unless it is not needed any more.
  void replace(Worker& lost);
  enum class Leaving { for_good, surplus, lost };
  /// A worker ends: for good, or if nobody needs it again. False when it has to go on. The last one
  /// frees an orphaned pool: the worker's last use of it.
  bool left(Worker& worker, Leaving why);

 private:
  Worker* take_place() noexcept;
  int set_target(std::size_t count) noexcept;
  void retarget(std::size_t count) noexcept TP_REQUIRES(outside_);
  int start_awaited(std::size_t count) noexcept TP_REQUIRES(resizing_);
  void give_up_growth(std::size_t count) noexcept;
  void update_may_spin() noexcept;
  bool may_retire(const Worker& worker) const noexcept TP_REQUIRES(outside_);
  bool is_spare(const Worker& lost) const noexcept TP_REQUIRES(outside_);
  bool leave(Worker& worker) noexcept TP_REQUIRES(outside_);
  bool is_abandoned() noexcept TP_REQUIRES(outside_);

  Pool& pool_;
  Roster roster_;
  std::atomic<bool> may_spin_{false};
  std::atomic<bool> orphaned_{false};
  std::atomic<std::size_t> alive_{0};
  char name_[16] = {};
  Placement placement_;
  Leavers leavers_;
  std::size_t surplus_ TP_GUARDED_BY(outside_) = 0;  // workers that have to leave
  Mutex resizing_;  // held while threads are started for more workers
  Mutex outside_;   // an outside thread's last touch of the pool is its unlock
};

}  // namespace tp::core
