// SPDX-License-Identifier: MIT
// Stage 3: one submit call on its way into a pool; from submit/enter, to queue/producer.
#pragma once

#include <utility>

#include "base/sync_point.h"
#include "result/group.h"
#include "tpool/submit.h"
#include "worker/pool.h"

namespace tp::core {

/// Puts an accepted job where a sweep finds it. Returns TP_OK or, because a sweep that came before has missed it, the
/// status with which to cut it.
inline int hold_for_sweep(Pool& pool, Job& job) noexcept {
  pool.finder().open_jobs().hold(job);
  return pool.cut_status();
}

/// Holds what an accepted job needs (room in the calling thread's submit queue, and in the timer for its deadline and
/// its start, and its place in its group) from before the pool may refuse the job until the job is queued. So an
/// accepted job cannot fail.
/// Recipe: Admission e(pool, priority); if (e.enter(…) == TP_OK) e.push(task).
class Admission {
 public:
  /// Reserves room in the submit queue for a job of the priority.
  Admission(Pool& pool, Priority priority) noexcept
      : pool_(pool), producer_(pool.finder().producer(priority)) {
    holds_ = producer_ && producer_->exclusively([&] { return producer_->queue.reserve(); });
    if (!holds_) status_ = TP_ENOMEM;
  }
  /// The same for a job that may have a group, a deadline, or a time before which it may not start.
  Admission(Pool& pool, Priority priority, Job& job, const tp_job_options_t& options) noexcept
      : Admission(pool, priority) {
    if (options.group && holds_) status_ = reserve_place(job, priority, options.group);
    if (options.deadline > 0 && status_ == TP_OK) status_ = reserve_deadline(job, options.deadline);
    if (options.start_after > 0 && status_ == TP_OK)
      status_ = reserve_start(job, priority, options.start_after);
  }
  ~Admission() { give_back(); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// All steps at once, for a job of the normal priority without a deadline. admitted() runs before the task is queued,
  /// and may not call user code. REQUIRES: the pool has no bound on jobs.
  template <class Admitted>
  [[gnu::always_inline]] static int pass(Pool& pool, const QueuedTask& task, std::size_t items,
                                         Admitted admitted) {
    Producer* const producer = pool.finder().producer();
    if (!producer) return TP_ENOMEM;
    // GCC would not inline this by itself, and this is the quickest call of all
    const int status = producer->exclusively([&]() __attribute__((always_inline)) {
      if (!producer->queue.reserve()) return int{TP_ENOMEM};
      const int accepted = pool.admit(*producer, items);
      sync_point("admission.admitted");
      if (accepted == TP_OK) {
        admitted();
        producer->count_inside(1);
        producer->queue.push(task);
      } else {
        producer->queue.cancel();
      }
      return accepted;
    });
    sync_point("admission.passed");
    if (status == TP_OK) this_thread.waits_for_wake = announce(pool, *producer);
    return status;
  }

  /// The job is not queued, but held where a sweep finds it. Until something lets it start it takes no room.
  void hold_for_source(Job& job, Priority priority) noexcept {
    hold_back(job, priority, Job::for_source);
    takes_room_ = job.extras().takes_room = false;
  }

  /// Counts a job with so many items as accepted. TP_OK, TP_ENOMEM, TP_ECLOSED, TP_EINIT; TP_EAGAIN when the timer has
  /// no thread, or the pool has no room in time; TP_ETIMEDOUT when it had no room until the deadline. needs_thread: of
  /// the pool.
  int enter(std::size_t items, const tp_job_options_t& options, bool needs_thread = true) {
    if (status_ != TP_OK) return status_;
    if (group_ || (takes_room_ && pool_.room().is_bounded()))
      if (const int status = take_rooms(options); status != TP_OK) return status;
    const int status =
        producer_->exclusively([&] { return pool_.admit(*producer_, items, needs_thread); });
    if (has_room_) pool_.room().used(status == TP_OK);
    if (!takes_room_ && status == TP_OK) pool_.add_roomless();
    if (status == TP_OK) has_group_room_ = false;  // the job's from here on
    return status;
  }

  /// As if it had not been counted as accepted. REQUIRES: nobody else knows of the job.
  void withdraw(std::size_t items) noexcept {
    pool_.room().give_back();
    producer_->exclusively([&] { pool_.withdraw(*producer_, items); });
    pool_.room().tell();
  }

  /// Whether the calling thread has to run the accepted job (TP_JOB_CALLER_RUNS). push does not queue it then.
  bool runs_here() const noexcept { return runs_here_; }

  /// Queues the job, which may end at any time from now on.
  void push(const QueuedTask& task) {
    if (runs_here_) return run_here();
    producer_->count_inside(1);
    if (job_deadline_ || job_start_)
      pool_.timer().add(std::exchange(job_deadline_, nullptr), std::exchange(job_start_, nullptr));
    if (held_) return hold();
    sync_point("admission.push");
    producer_->exclusively([&] { producer_->queue.push(task); });
    holds_ = false;
    sync_point("admission.pushed");
    this_thread.waits_for_wake = announce(pool_, *producer_);
  }

 private:
  int reserve_timer(JobDeadline*& job_deadline, JobDeadline*& place, Job& job, Deadline at,
                    bool starts) noexcept;
  int reserve_deadline(Job& job, double seconds) noexcept;
  int reserve_start(Job& job, Priority priority, double seconds) noexcept;
  /// Gives back what it has reserved and not used.
  void give_back() noexcept {
    if (std::exchange(job_deadline_, nullptr)) pool_.timer().give_back();
    if (std::exchange(job_start_, nullptr)) pool_.timer().give_back();
    if (std::exchange(has_group_room_, false)) group_->room().give_back(pool_.room());
    if (std::exchange(holds_, false)) producer_->exclusively([&] { producer_->queue.cancel(); });
  }
  int reserve_place(Job& job, Priority priority, tp_group_t* group) noexcept;
  void hold_back(Job& job, Priority priority, Job::Hold reason) noexcept;
  int take_rooms(const tp_job_options_t& options);
  template <class RoomIn>
  int take_room(RoomIn& in, const Awaited& awaited, bool waits, Deadline patience,
                std::uint32_t flags);
  void be_runner() noexcept;
  void run_here() noexcept;
  void hold();
  /// Wakes a worker for what has been pushed: whether all workers slept. The pool may be over by then, but it stays
  /// until no producer says that its thread is inside. User code is run when this thread is no longer inside.
  [[gnu::always_inline]] static bool announce(Pool& pool, Producer& producer) {
    WorkFinder& finder = pool.finder();
    const bool sweeps =
        pool.is_hosted() && pool.cut_status() != TP_OK && !pool.signs().is_sweeping();
    const bool woke =
        !pool.signs().is_paused() && finder.sleep().notify();  // resume runs the heavy fence
    const bool all_slept = woke && finder.sleep().count() + 1 >= pool.workers().alive().load();
    sync_point("admission.leave");
    producer.count_inside(UINT64_MAX);
    if (sweeps) finder.sweep();  // no thread may come to do it
    return all_slept;
  }

  Pool& pool_;
  Producer* const producer_;
  JobDeadline* job_deadline_ = nullptr;  // with room in the timer
  JobDeadline* job_start_ = nullptr;     // as well
  Job* held_ = nullptr;                  // the job, if it is in a group, or may not start yet
  Group* group_ = nullptr;
  bool takes_room_ = true;       // under the pool's bound
  bool has_room_ = false;        // of the pool; until the pool has accepted the job
  bool has_group_room_ = false;  // of the group; as well
  bool runs_here_ = false;
  int status_ = TP_OK;
  bool holds_ = false;  // room in the submit queue
};

}  // namespace tp::core
