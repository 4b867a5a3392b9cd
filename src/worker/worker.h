// SPDX-License-Identifier: MIT
// Stage 5: one thread that finds and runs work; from queue/*, to result/job.
#pragma once

#include <csignal>

#include "base/modes.h"
#include "queue/local_queue.h"
#include "queue/queued_task.h"
#include "queue/spawned.h"
#include "worker/claim_sizer.h"
#include "worker/pool.h"
#include "worker/spin_history.h"

namespace tp::core {

/// A worker of a pool. If user code ends its thread (pthread_exit), the same object goes on in a new thread, with
/// what it has claimed. Only that thread uses it, but others may steal from run().
class Worker {
 public:
  void init(Pool& pool, std::size_t index) noexcept {
    pool_ = &pool;
    index_ = index;
  }

  /// Starts the thread: 0 or an errno. patiently: the system may refuse it for a moment.
  int start(bool patiently = true) noexcept;
  /// As Leavers::join, for the thread.
  void join() noexcept { Leavers::join(std::exchange(thread_, nullptr)); }

  /// The host's calling thread is this worker until the deadline or the end: TP_OK, TP_END, TP_EINIT. ran counts items.
  int enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran);
  bool is_taken = false;    // a thread is this worker; written by Workers
  bool is_awaited = false;  // that thread is about to be started; as well
  // the same in a pool whose threads come and go (worker/absence)
  bool is_going = false;     // it has been idle for long, and will be absent
  bool is_coming = false;    // its thread was started for work, and has not looked yet
  bool gets_flight = false;  // that thread has the flight (worker/sleep)

  /// A new thread of the worker is to take part in the team; nullptr: not after all. With a reference.
  void set_team(TeamJob* team) noexcept { sleeper_.team = team; }

  /// Whether the pool has too many workers, of which this is one. It leaves after what it runs.
  bool is_surplus() const noexcept { return surplus_.load(); }
  void set_surplus(bool surplus) noexcept { surplus_.store(surplus); }

  LocalQueue<QueuedTask>& local_queue() noexcept { return local_queue_; }
  Counters& counters() noexcept { return counters_; }
  Spawner& spawner() noexcept { return counters_.spawner; }
  /// The signals that its thread blocks, unless a task changes that. Only this thread asks.
  const sigset_t& signals() const noexcept { return signals_; }

 private:
  static void* main(void* self);

  bool serve(Deadline deadline);
  void begin();
  void join_team();
  bool goes() noexcept;
  bool retires() const noexcept { return is_surplus() && pool_->state() != State::terminated; }
  bool initialize();
  void finalize();
  void lost();

  bool work();
  bool run_deferred();
  bool absorb();
  bool run_callbacks();
  bool take_own(QueuedTask& task) noexcept;
  bool run_normal();
  bool run_open(Priority priority = Priority::normal);
  bool run_claimed();
  bool run_submitted(Producer& producer, std::size_t most);
  bool run_spawned();
  bool run_stolen();
  void run_first(QueuedTask* tasks, std::size_t count, Priority priority = Priority::normal);

  // for pools with priorities, groups or pauses (worker/priorities.cpp)
  bool run_by_priority();
  bool run_at(Priority priority);
  bool run_without_group(Priority priority);
  template <class Run>
  bool run_in_turn(Priority priority, Run run_others);
  bool run_of_group(Priority priority, bool others_have_none);
  bool goes_back(Priority priority);
  bool may_go_on() const noexcept;

  void execute(QueuedTask task, Priority priority = Priority::normal);
  bool run_plain(QueuedTask& task);
  bool next(QueuedTask& task) noexcept;
  void plain_failed(int status, int code, CallScope& scope, Laps& laps);
  void wake_next() noexcept {
    if (woken_) pass_on();
  }
  /// Wakes a worker for what is left to do.
  void pass_on() noexcept {
    woken_ = false;
    if (pool_->finder().has_work()) pool_->notify();
  }

  // when nothing is to be done (worker/rest.cpp)
  void note_work() noexcept;
  void stay_near() noexcept;
  void land() noexcept;
  void rest(Deadline deadline);
  bool may_spin() const noexcept;
  bool spin() noexcept;
  bool linger() noexcept;
  std::uint64_t sleep(Deadline deadline);

  Pool* pool_ = nullptr;
  std::size_t index_ = 0;
  Started* thread_ = nullptr;  // the one that is this worker, or was the last to be
  std::atomic<bool> surplus_{false};
  bool initialized_ = false;
  bool woken_ = false;  // a notify woke it: it wakes the next worker before it runs anything
  bool queues_first_[kPriorities] = {};
  bool turned_[kPriorities] = {};  // it left a job that may have more, and has to go back first
  unsigned urgent_starts_ = 0, normal_starts_ = 0;  // in a row, while lower priorities may wait
  bool has_worked_ = false;                         // since it last rested
  bool has_flight_ = false;                         // nobody is woken before it has looked for work
  bool goes_ = false;                               // it is idle, and about to be absent
  Deadline idle_until_ = Deadline::never();         // when it is idle for too long
  unsigned turns_ = 0;                              // with work since it last slept
  unsigned idle_sleeps_ = 0;                        // in a row, after a few turns each
  std::uint32_t cancels_ = 0;                       // the pool's, before the last claim
  SpinHistory spins_;
  ClaimSizer claims_{LocalQueue<QueuedTask>::kCapacity};
  Producer* cursor_ = nullptr;  // the submit queue to look at next
  Modes modes_;                 // with which each claimed task begins
  sigset_t signals_{};          // blocked again before each rest
  Sleep::Sleeper sleeper_{};
  LocalQueue<QueuedTask> local_queue_;
  SpawnerCounters counters_;
};

inline Worker& WorkerTable::operator[](std::size_t index) const noexcept {
  const Block* block = blocks_;
  while (index >= block->end) ++block;
  return block->workers[index - block->begin];
}

}  // namespace tp::core
