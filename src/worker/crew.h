// SPDX-License-Identifier: MIT
// Stage 5: the workers of a pool and everything they look for work in; from submit/pool, to
// worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/kept_errno.h"
#include "base/order.h"
#include "base/waiters.h"
#include "queue/inlet.h"
#include "queue/tally.h"
#include "result/owner.h"
#include "trace/traced.h"
#include "wait/wait_graph.h"
#include "worker/board.h"
#include "worker/leavers.h"
#include "worker/placement.h"
#include "worker/roster.h"
#include "worker/sleep.h"
#include "worker/timer.h"

namespace tp::core {

/// What a pool is made with; strings and hooks of tp_pool_options_t.
struct CrewOptions {
  std::size_t workers = 1;
  int (*initializer)(void* arg) = nullptr;
  void (*finalizer)(void* arg) = nullptr;
  void* arg = nullptr;
  const char* name = nullptr;
  void (*unobserved)(void* arg, const tp_error_t* error) = nullptr;
  void (*arg_drop)(void* arg) = nullptr;
  bool hosted = false;  // no threads of its own: others enter
  const unsigned* cpus = nullptr;
  std::size_t n_cpus = 0;
  int nice = 0;
  bool keeps_signals = false;  // workers have the creator's
};

/// The pool's state only goes up.
enum class State : std::uint32_t { running, closed, terminated };

/// Workers, inlets, board, sleepers and tallies of one pool.
///
/// Admission is atomic with close: a submitter counts its job in its inlet before it looks at the
/// state; whoever closes settles (base/dekker.h) before it lets workers sum the counts and end: one
/// sees the other. drained() is exact at the moment between its two sums, because both only grow with accepted
/// jobs and the smaller one is read first.
/// Thread-safe.
class Crew : public Owner {
 public:
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // -- for submit/pool --------------------------------------------------------------------------
  /// Starts the workers: TP_OK, or none is left and TP_EAGAIN, TP_ENOMEM, TP_EINVAL.
  int start();
  /// The calling thread's inlet; nullptr without memory.
  Inlet* inlet() noexcept;
  /// The one for jobs of the level.
  Inlet* inlet(Level level) noexcept {
    return level == Level::normal ? inlet() : shared_inlet(level);
  }
  /// Counts a job as accepted: TP_OK, TP_ECLOSED or TP_EINIT. items is what it is known to have.
  int admit(Inlet& inlet, std::size_t items) noexcept;
  State state() const noexcept { return state_.load(); }
  bool broken() const noexcept { return broken_.load() != nullptr; }
  /// Moves the state up to at least state.
  void advance(State state) noexcept;
  /// Ends everything unstarted with cut_status().
  void sweep();
  /// Workers start nothing until end_sweep. False when the pool is or was swept.
  bool begin_sweep() noexcept;
  void await_hands() noexcept;
  bool bounded() const noexcept { return bounded_; }
  /// Starts to trace what the workers do, or ends that.
  int start_trace(const char* path) noexcept { return tracer_.start(path, name_, workers()); }
  int stop_trace() noexcept { return tracer_.stop(); }
  /// The same, where nobody is told whether the file was written.
  void end_trace() noexcept {
    const KeptErrno errno_stays;
    stop_trace();
  }
  /// Whether every accepted job is over, but for so many that are known not to be.
  bool drained(std::uint64_t but = 0) noexcept;
  /// Whether every job is over, for whoever may have seen that one is ready.
  bool idles() noexcept;
  WaitList& idle() noexcept { return idle_; }
  /// Changes the number of workers: TP_OK, TP_ECLOSED, TP_EINIT, TP_EAGAIN, TP_ENOMEM.
  int resize(std::size_t count);
  /// Threads that are or will be workers.
  std::size_t alive() const noexcept { return alive_.load(); }
  /// The calling thread begins to wait for the end of all streams, and has stopped: meanwhile they have
  /// no windows, because this may be the thread that would read them. Counted.
  void lift() noexcept;
  void unlift() noexcept { lifts_.fetch_sub(1); }
  /// From now on streams run without windows.
  void lift_for_good() noexcept;
  /// Workers start nothing until resume: TP_OK, or TP_ECLOSED after end_pauses.
  int pause() noexcept;
  void resume() noexcept { set_signs(0, kPaused); }
  /// Nothing may keep the pool from its end any more.
  void end_pauses() noexcept { set_signs(kUnpausable, kPaused); }
  void join_threads() noexcept;

  /// Whether all is done and nobody works here: every worker has left, or will not come.
  bool gone() noexcept { return alive() == 0 && (!is_hosted() || over()); }
  /// The calling thread serves as a worker: TP_OK, TP_END, TP_EAGAIN, TP_EINIT. ran counts items.
  int enter(tp_task_fn dispatch, Deadline deadline, std::size_t& ran);
  bool is_hosted() const noexcept { return options_.hosted; }
  Timer& timer() noexcept { return timer_; }
  /// Until when to sleep, at most until the deadline, where no thread watches those of jobs.
  Deadline rest_until(Deadline deadline) const noexcept {
    return is_hosted() ? Deadline::earlier(deadline, timer_.next()) : deadline;
  }
  /// Ends what is due then.
  void watch_deadlines() {
    if (is_hosted()) timer_.fire();
  }

  // -- for workers --------------------------------------------------------------------------------
  const CrewOptions& options() const noexcept { return options_; }
  const char* name() const noexcept { return name_; }
  const Placement& placement() const noexcept { return placement_; }
  Leavers& leavers() noexcept { return leavers_; }
  /// Whether a worker may end.
  bool over() noexcept { return ending_.load() && drained(); }
  bool has_work() noexcept;
  Board& board() noexcept { return board_; }
  Sleep& sleep() noexcept { return sleep_; }
  const Roster& roster() const noexcept { return roster_; }
  Inlet* first_inlet() const noexcept { return inlets_.load(); }
  /// What all threads share for jobs of the level, which is not normal; nullptr when there were none.
  Inlet* leveled_inlet(Level level) const noexcept { return leveled_[index_of(level)].load(); }
  /// Whether a job of the level waits for a worker.
  bool waits(Level level) const noexcept;
  bool may_spin() const noexcept { return may_spin_.load(); }
  /// An initializer failed. Takes over the error.
  void break_with(Error* error);
  /// Ends a plain entry, or hands a job to its own cut.
  void cut_entry(const Entry& entry, int status);
  /// A worker that has been lost is started anew, unless it is not needed any more.
  void replace(Worker& lost);
  /// A thread that has been started has to know first whether it is needed.
  void await_resize() noexcept { Lock resized(resizing_); }
  /// A worker ends: for good, or if nobody needs it again. False when it has to go on. The last one
  /// frees an orphaned pool: the worker's last use of it.
  bool left(Worker& worker, bool for_good);
  /// Wakes those who wait for the pool to be idle or over, if it is.
  void check_drained() noexcept;
  /// The same, after a publication.
  void tell_if_drained() noexcept {
    if (ending_.load() || idle_.any()) check_drained();
  }
  Tally& tally() noexcept;
  /// A small task has ended well on the worker whose tally this is.
  void plain_ended(Tally& mine) noexcept {
    order::release(static_cast<const Owner*>(this));
    if (bounded_) made_room(true);
    Tally::add(mine.plain, 1);  // last
  }

  // -- Owner ----------------------------------------------------------------------------------------
  std::size_t workers() const noexcept override { return target_.load(); }
  void count(int status) noexcept override;
  void set_telling(bool telling) noexcept override {
    bump(&Tally::telling, telling ? 1 : UINT64_MAX);
  }
  void count_callback() noexcept override { bump(&Tally::callbacks, 1); }
  void count_items(std::size_t count) noexcept override { bump(&Tally::items, count); }
  void count_pulled(std::size_t count) noexcept override { pulled_.fetch_add(count); }
  void count_cut(std::size_t count) noexcept override { bump(&Tally::cut, count); }
  void count_steal() noexcept override {
    mark_steal(*this);
    bump(&Tally::steals, 1);
  }
  void set_running(bool running) noexcept override {
    bump(&Tally::running, running ? 1 : UINT64_MAX);
  }
  void ended() override;
  void open(Job& job) override;
  void shut(Job& job) noexcept override { board_.shut(job); }
  void notify() noexcept override { sleep_.notify(); }
  bool wake_one() noexcept { return sleep_.notify(); }
  void callbacks_due() noexcept override { idle_.wake_all(); }
  bool take_back(Job& job) noexcept override;
  void forget_deadline(Timing& timing) noexcept override { timer_.remove(timing); }
  void defer(Job& job) noexcept override;
  /// Has a worker that has nothing to do end a job's cancel that has begun; false where there is none.
  bool hand_over(Job& job) noexcept;
  void report(const Error& error) override;
  void retain() noexcept override { refs_.fetch_add(1); }
  void release() noexcept override;
  int cut_status() const noexcept override;
  Error* cut_error() const noexcept override { return broken_.load(); }
  bool turns_from(Level level) const noexcept override;
  tp_task_fn dispatcher() const noexcept override;

  /// Adds to a counter of the calling thread's tally.
  void bump(Tally::Counter Tally::*counter, std::uint64_t count) noexcept;

 protected:
  explicit Crew(const CrewOptions& options) noexcept;
  virtual ~Crew();

  /// A job is over, or the state has changed: there may be room for another job, or never again.
  virtual void made_room(bool job_over) noexcept = 0;

  /// The pool's handle is gone: the last worker ends the pool. True when it has left already.
  bool orphan() noexcept;
  /// The last steps of a pool without workers; frees it.
  void end();

  /// Sums for the statistics: a counter over all tallies, workers that run something, jobs accepted,
  /// items known.
  std::uint64_t sum(Tally::Counter Tally::*counter) const noexcept;
  std::uint64_t busy() const noexcept;
  std::uint64_t accepted() const noexcept;
  std::uint64_t known_items() const noexcept;

  std::atomic<std::uint64_t> pulled_{0};
  std::atomic<std::uint64_t> spared_{0};  // jobs in whose callbacks a thread waits for others
  bool bounded_ = false;                  // max_pending

 private:
  Worker* take_place() noexcept;
  int set_target(std::size_t count) noexcept;
  void retarget(std::size_t count) noexcept TP_REQUIRES(outside_);
  int start_awaited(std::size_t count) noexcept TP_REQUIRES(resizing_);
  void give_up_growth(std::size_t count) noexcept;
  void update_may_spin() noexcept;
  bool left_unless_needed(Worker& worker);
  bool may_retire(const Worker& worker) const noexcept TP_REQUIRES(outside_);
  bool leave(Worker& worker) noexcept TP_REQUIRES(outside_);
  bool is_abandoned() noexcept TP_REQUIRES(outside_);
  /// No report runs from here on.
  void stop_reports() noexcept;
  void drop_arg();
  bool drop_broken();
  Inlet* make_inlet(bool shared, Level level = Level::normal) noexcept;
  Inlet* shared_inlet(Level level) noexcept;
  void set_signs(std::uint8_t set, std::uint8_t clear) noexcept;

  // what every task reads and hardly anything writes
  alignas(kCacheLine) const std::uint64_t serial_;
  Inlet* shared_inlet_ = nullptr;  // one worker: all threads share it, so that the order is exact
  std::atomic<Inlet*> inlets_{nullptr};
  std::atomic<Error*> broken_{nullptr};
  std::atomic<State> state_{State::running};
  std::atomic<bool> ending_{false};  // the state is not running, and no submitter thinks it is
  std::atomic<bool> may_spin_{false};
  std::atomic<std::size_t> target_;  // written under outside_
  Roster roster_;
  // the rest
  alignas(kCacheLine) std::atomic<bool> lifted_for_good_{false};
  PoolWaits waits_{*this};
  std::atomic<bool> orphaned_{false};
  std::atomic<bool> reports_stopped_{false};
  std::atomic<std::size_t> alive_{0};
  std::atomic<std::size_t> refs_{1};
  std::atomic<std::size_t> reports_running_{0};
  const CrewOptions options_;
  char name_[16] = {};
  Placement placement_;
  Leavers leavers_;
  Tally others_;                                     // of all that are no workers of it
  std::size_t surplus_ TP_GUARDED_BY(outside_) = 0;  // workers that have to leave
  Mutex resizing_;  // held while threads are started for more workers
  Mutex outside_;   // an outside thread's last touch of the pool is its unlock
  std::atomic<Inlet*> leveled_[kLevels]{};  // written under leveling_; among inlets_, too
  Mutex leveling_;
  Board board_;
  Sleep sleep_;
  WaitList idle_;
  Tracer tracer_{trace_};
  Timer timer_{*this};
};

/// As long as it lives, streams run without windows, if that is so. REQUIRES: the crew is there until then.
class Lifting {
 public:
  Lifting(Crew& crew, bool lifts) noexcept : crew_(lifts ? &crew : nullptr) {
    if (crew_) crew_->lift();
  }
  ~Lifting() {
    if (crew_) crew_->unlift();
  }
  Lifting(const Lifting&) = delete;
  Lifting& operator=(const Lifting&) = delete;

 private:
  Crew* const crew_;
};

}  // namespace tp::core
