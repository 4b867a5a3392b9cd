// SPDX-License-Identifier: MIT
// Stage 5: which threads are a pool's workers, and how many; from worker/pool, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"
#include "tpool/task.h"
#include "worker/leavers.h"
#include "worker/placement.h"
#include "worker/sleep.h"
#include "worker/worker_table.h"

namespace tp::core {

/// The table of workers, and their threads. Workers come and leave under outside_. A thread that is no worker touches
/// the pool last as it unlocks that, so a thread that frees the pool first locks it once. Thread-safe.
///
/// With an idle timeout the pool is elastic (worker/absence): a worker that has been idle so long goes, and is then
/// absent. A worker that goes has a thread until its finalizer has run, but starts nothing. A thread is firm if it is
/// or will be a worker that does neither that nor is surplus. While a job is accepted and not over, one thread is firm.
class Workers final : private Sleep::Caller {
 public:
  explicit Workers(Pool& pool) noexcept : pool_(pool) {}

  /// Starts the workers: TP_OK; or TP_EAGAIN, TP_ENOMEM, TP_EINVAL, and no thread is left.
  int start();
  /// Changes the number of workers: TP_OK, TP_ECLOSED, TP_EINIT, TP_EAGAIN, TP_ENOMEM.
  int resize(std::size_t count);
  /// The calling thread serves as a worker: TP_OK, TP_END, TP_EAGAIN, TP_EINIT. ran counts items.
  int enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran);
  /// Makes sure that the pool has a firm thread for a job that is counted: TP_OK; TP_ECLOSED, TP_EAGAIN, TP_ENOMEM.
  int come() noexcept;
  /// Whether the pool is elastic or hosted, so that it may have no thread.
  bool may_be_absent() const noexcept;
  /// How long a worker may be idle.
  Deadline idle_deadline() const noexcept {
    return is_elastic_ ? Deadline::after(idle_ns_) : Deadline::never();
  }
  /// Whether a worker that has been idle so long goes now, for good unless left() says otherwise; else idle_until is
  /// when to ask again.
  bool may_go(Worker& worker, Deadline& idle_until) noexcept;
  /// A thread that was started for work is about to look for it.
  void arrived(Worker& worker) noexcept;
  bool is_needed() noexcept override;
  /// Has so many idle workers join the team, or none: false when fewer are idle; idle is how many are. Waits a moment
  /// for workers that run nothing and do not sleep yet.
  bool gather(TeamJob& team, std::size_t count, std::size_t& idle) noexcept;
  /// Threads that are or will be workers.
  const std::atomic<std::size_t>& alive() const noexcept { return alive_; }
  /// Waits until no worker has in its hands what it claimed before it saw the sweep: it has started that, or put it
  /// where the sweep finds it. REQUIRES: a heavy fence since the sweep began.
  void await_hands() noexcept;
  /// The pool's handle is gone, so the last worker ends the pool. True when that one has left already.
  bool orphan() noexcept;
  /// A thread that is no worker counts a job as ended. True: it has to free the pool; else it touches it no more.
  bool end_outside() noexcept;
  void join_threads() noexcept;

  const char* name() const noexcept { return name_; }
  const WorkerTable& table() const noexcept { return table_; }
  const Placement& placement() const noexcept { return placement_; }
  Leavers& leavers() noexcept { return leavers_; }
  /// CPUs that the pool could use when it was made or last resized.
  std::size_t cpus() const noexcept { return cpus_.load(); }
  /// A new thread waits for the end of resize, which may find that it is not needed.
  void await_resize() noexcept { Lock resized(resizing_); }
  /// Starts a new thread for a worker that has lost its own, unless the worker is no longer needed.
  void replace(Worker& lost);
  enum class Leaving { for_good, surplus, lost };
  /// A worker leaves; the last one of an orphaned pool frees the pool. False: the worker is needed, and goes on.
  bool left(Worker& worker, Leaving why);

 private:
  bool call() noexcept override;
  bool set_idle(const tp_pool_options_t& options) noexcept;
  void expect_threads(std::size_t absent) noexcept;
  bool wants_one_more() noexcept TP_REQUIRES(outside_);
  std::size_t count_firm(std::size_t from = 0) const noexcept TP_REQUIRES(outside_);
  bool recall(std::size_t count) noexcept TP_REQUIRES(outside_);
  bool vacates() noexcept TP_REQUIRES(outside_);
  bool becomes_absent(Worker& worker) noexcept TP_REQUIRES(outside_);
  Worker& take_absent() noexcept TP_REQUIRES(outside_);
  void set_absent(std::size_t count) noexcept TP_REQUIRES(outside_);
  static int status_of(int rc) noexcept;
  int start_absent(Worker& worker, bool patiently) noexcept TP_REQUIRES(resizing_);
  int hold(std::size_t count) noexcept TP_REQUIRES(resizing_);
  bool try_gather(TeamJob& team, std::size_t count, std::size_t& idle) noexcept
      TP_REQUIRES(resizing_);
  std::size_t start_members(TeamJob& team, std::size_t count) noexcept TP_REQUIRES(resizing_);
  Worker* take_place() noexcept;
  int set_target(std::size_t count) noexcept;
  void retarget(std::size_t count) noexcept TP_REQUIRES(outside_);
  bool may_retire(const Worker& worker) const noexcept TP_REQUIRES(outside_);
  bool is_spare(const Worker& lost) const noexcept TP_REQUIRES(outside_);
  bool leave(Worker& worker) noexcept TP_REQUIRES(outside_);
  bool is_abandoned() noexcept TP_REQUIRES(outside_);

  Pool& pool_;
  WorkerTable table_;
  std::atomic<std::size_t> cpus_{0};
  std::atomic<bool> orphaned_{false};
  std::atomic<std::size_t> alive_{0};
  char name_[16] = {};
  Placement placement_;
  Leavers leavers_;
  std::size_t surplus_ TP_GUARDED_BY(outside_) = 0;  // workers that have to leave
  bool is_elastic_ = false;
  std::uint64_t idle_ns_ = 0;
  std::size_t least_ = 0;  // so many threads stay
  // workers that have no thread; threads that were started for work and have not looked for it yet
  std::size_t absent_ TP_GUARDED_BY(outside_) = 0, coming_ TP_GUARDED_BY(outside_) = 0;
  // nobody goes, because a thread is being started, or the pool resized
  bool all_stay_ TP_GUARDED_BY(outside_) = false;
  // when the system may be asked for a thread again
  std::uint64_t refused_until_ TP_GUARDED_BY(outside_) = 0;
  Mutex resizing_;  // held while threads are started, but not for lost ones
  Mutex outside_;
};

}  // namespace tp::core
