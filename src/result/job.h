// SPDX-License-Identifier: MIT
// Stage 6: one submitted call and the state of its outcome; from queue/*, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"
#include "base/stamp.h"
#include "base/waiters.h"
#include "result/error.h"
#include "result/frame.h"
#include "result/level.h"
#include "result/pool_context.h"
#include "result/timing.h"
#include "tpool/result.h"
#include "trace/event.h"

namespace tp::core {

/// Who is told of the end.
struct Callbacks {
  void (*success)(void* user, tp_result_t* result) = nullptr;
  void (*failure)(void* user, tp_result_t* result) = nullptr;
  void* user = nullptr;
};

/// A job: counted, one latch, at most one error (the lowest index).
///
/// Invariants: remaining_ counts what is not over (items, and a stream's source); the thread that
/// takes it to 0 calls finish, once. Until then the pool exists. State goes running → done (values
/// final) → ready (callback returned), never back. The runner's reference ends after ready, its
/// wake-up and the done callbacks, so a waiter may release at once.
/// Thread-safe but where noted.
class Job {
 public:
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // -- life ---------------------------------------------------------------------------------------
  void ref() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }  // the caller has one
  void unref() noexcept;
  /// A user's handle keeps the outcome; until the job is ready, the job itself does, too. add_handle
  /// also takes a reference.
  void add_handle() noexcept;
  void drop_handle();
  /// Gives up a handle, but not its reference, where there is another one; else false, and nothing
  /// happens. Runs no user code. REQUIRES: the job is ready.
  bool drop_spare_handle() noexcept;

  // -- outcome ------------------------------------------------------------------------------------
  bool done() const noexcept { return state_.load() >= kDone; }
  bool ready() const noexcept { return state_.load() == kReady; }
  /// Whether the calling thread may take the outcome: ready, or inside a callback of the pool, done.
  bool available() const noexcept;
  /// TP_OK or the error's status. REQUIRES: done.
  int outcome() const noexcept;
  Error* error() const noexcept { return error_.load(); }
  /// The error, to be lent to the user: from now on it lives as long as the job.
  Error* lend_error() noexcept;
  /// Whether the calling thread may run items of this job: a worker of its pool, or any thread where
  /// callers help. Needs no pool.
  bool helpable() const noexcept;
  /// Whether a thread that is no worker may have something to do while it waits for this job.
  bool asks_waiters() const noexcept { return caller_helps_ || keeps_pool_ || is_unattended(); }
  void observe() noexcept { observed_.store(true); }
  /// Whether its callback is manual, and its pool's memory there as long as the job's.
  bool keeps_pool() const noexcept { return keeps_pool_; }
  /// Has fn called when the job is ready, at once if it is. calls_user: it may take its time. TP_OK or
  /// TP_ENOMEM. REQUIRES: a handle.
  int add_done_callback(void (*fn)(void* user, tp_result_t* result), void* user,
                        bool calls_user = true);

  // -- running ------------------------------------------------------------------------------------
  /// Runs from the queue on a worker. Takes over the caller's reference.
  virtual void run() = 0;
  /// Runs unstarted items of this job on the calling thread until there is none or the deadline has
  /// passed, at least one; false when there was none.
  virtual bool help(Deadline deadline) = 0;
  /// Whether a worker could run something now.
  virtual bool claimable() noexcept = 0;
  /// Ends what has not started with status.
  virtual void cut(int status) = 0;
  /// Cuts it, unless it is over: from any thread that has a handle.
  void cancel(int status = TP_ECANCELED);
  /// The same in two steps, the second of which may run user code. Until then the job does not end.
  /// False when it is over.
  bool begin_cancel(int status) noexcept {
    const bool pinned = pin();
    if (pinned) stop(status);
    return pinned;
  }
  void end_cancel(int status);
  /// Whether running items should stop: it was cut, or its deadline has passed.
  bool stop_requested() const noexcept { return stopping() || (timing() && timing()->at.passed()); }
  /// Cuts it if its deadline has passed and no thread watches that.
  void watch_deadline() {
    if (is_unattended() && timing()->at.passed()) cancel(TP_ETIMEDOUT);
  }
  /// Until when to sleep before that has to be done.
  Deadline unwatched_deadline() const noexcept {
    const bool may_be_cut = is_unattended() && !stopping() && remaining();
    return may_be_cut ? timing()->at : Deadline::never();
  }
  virtual void progress(std::size_t& done, std::size_t& total) const noexcept = 0;
  /// TP_EINVAL where items have none, or index is out of range. REQUIRES: done.
  virtual int item_status(std::size_t) const noexcept { return TP_EINVAL; }
  /// Why an item failed, to be lent to the user; nullptr where that is not known. REQUIRES: done.
  virtual Error* item_error(std::size_t index) noexcept;
  /// The values; nullptr when there are none. REQUIRES: done.
  virtual void* values() noexcept { return nullptr; }

  bool stopping() const noexcept { return stop_.load(std::memory_order_relaxed) != 0; }  // advice
  PoolContext& owner() const noexcept { return *owner_; }
  JobKind kind() const noexcept { return kind_; }
  const Stamp& stamp() const noexcept { return stamp_; }
  WaitList& waiters() noexcept { return waiters_; }

  /// Takes what steps are left of the end. The first call is that of the thread that ended the last
  /// item.
  void finish();
  /// A worker goes on with a job that was deferred: at its end, or at its deadline.
  void go_on();

  struct Link {
    Job* prev = nullptr;
    Job* next = nullptr;
  };
  struct Lent {
    Error* error;
    Lent* next;
  };
  /// What only jobs need that are on the board, or run user code at their end.
  struct Extras {
    explicit Extras(const Callbacks& of = {}) noexcept : callbacks(of) {}

    const Callbacks callbacks;
    Job* next_due = nullptr;       // of the callback lane, or of the deferred jobs
    Timing* timing = nullptr;      // with a deadline: set before it is queued
    Lent* lent_before = nullptr;   // errors that were lent and then replaced; under the job's mutex
    Link started_link, open_link;  // of the pool's lists (worker/board.h)
    std::atomic<bool> is_open{false};
    bool uses_board = false;      // may be opened: set before it is queued
    Level level = Level::normal;  // as well
    bool is_started = false, is_shut = false, is_swept = false;
  };
  /// REQUIRES: the job has some.
  Extras& extras() noexcept { return *extras_; }
  /// The job's link in the list of deferred ones. REQUIRES: it is deferred.
  Job*& deferred_link() noexcept;
  /// A call waits for it that lent it its memory.
  void set_blocking() noexcept { is_blocking_ = true; }

 protected:
  /// Starts with the references of the job itself, of the queue, and of the handle if there is one.
  /// extras lives as long as the job; nullptr for none.
  Job(PoolContext& owner, JobKind kind, std::size_t remaining, Extras* extras, bool handle) noexcept;
  virtual ~Job();

  Extras* extras_or_none() const noexcept { return extras_; }

  /// A thread that waits for a job of a pool with manual callbacks may have to run them, however the
  /// pool fares. REQUIRES: extras are there. Called by the constructor.
  void keep_pool_for_callbacks() noexcept;
  /// Callers that are no workers may not run its items.
  void workers_only() noexcept { caller_helps_ = false; }

  /// Frees what a job with a deadline has more than others. Just before the object goes.
  void drop_timing() noexcept;
  /// Drops what the job produced and was not handed over. Runs once, when nobody can ask for it.
  virtual void drop_outputs() = 0;
  /// Frees the object.
  virtual void destroy() noexcept = 0;
  /// Drop items, or what else must go first, and ctx. Run once, in this order, before the callback.
  virtual void drop_items() {}
  virtual void drop_ctx() = 0;
  /// Whether the end of the job will call user code of its task.
  virtual bool has_hooks() const noexcept { return true; }
  /// The last handle went before the end: what the job produces from now on is for nobody.
  virtual void detach() {}

  /// Records the failure of an item, if its index is lower than that of the one there is.
  void record(int status, int code, std::size_t index, Frame& frame);
  /// The same for an error that somebody else keeps, too.
  void record_shared(Error& error);
  /// Records the end of an item without a run.
  void record_cut(int status, std::size_t index);
  /// Asks running items to stop; the first status stays. False when one was there.
  bool stop(int status) noexcept;
  int stop_status() const noexcept { return stop_.load(); }
  /// count items are over; finishes the job with the last.
  void over(std::size_t count);
  void more(std::size_t count) noexcept { remaining_.fetch_add(count); }
  /// Counts one more, so that the job cannot finish until over(1); false when it is over already.
  bool pin() noexcept;
  std::size_t remaining() const noexcept { return remaining_.load(); }
  /// Its deadline, if it has one, and whether no thread watches that.
  const Timing* timing() const noexcept { return extras_ ? extras_->timing : nullptr; }
  bool is_unattended() const noexcept { return timing() && timing()->unattended; }
  bool detached() const noexcept { return users(handles_.load()) <= 1; }  // but for the job's own

 private:
  friend class CallbackLane;
  friend class Board;
  static constexpr std::uint8_t kRunning = 0, kDone = 1, kReady = 2;
  // In handles_: done callbacks keep the outcome, too. They are no users: a stream waits for none.
  static constexpr std::uint32_t kForDone = std::uint32_t{1} << 31;
  static std::uint32_t users(std::uint32_t handles) noexcept { return handles & ~kForDone; }

  /// The steps of a job's end. Each is taken once; if one ends the thread, a worker takes the next.
  enum class Step : std::uint8_t { items, ctx, callback, dispose, ready, done, telling };
  /// Runs the callback for the outcome. REQUIRES: the calling thread runs the lane.
  void call_back();
  void fail_late();
  bool ends_quietly() const noexcept;
  void hand_on();
  void drop_inputs();
  void settle();
  bool set_ready() noexcept;
  void tell_done();
  void call_done(WaitList::Node*& rest);
  void defer_done(WaitList::Node* rest) noexcept;
  void begin_telling() noexcept;
  void end_telling();
  void let_go();
  void drop_errors();
  Error* take_error() noexcept;
  void dispose();
  void dispose_unread(int status);
  /// Takes over the error, if its index is lower than that of the one there is, or always.
  void put_error(Error* error, bool always);
  bool worth_a_report() const noexcept;

  /// The one for the outcome; nullptr when there is none.
  auto callback() const noexcept -> void (*)(void*, tp_result_t*);

  // In the order that leaves no holes: a job is queued memory.
  PoolContext* const owner_;
  Extras* const extras_;
  std::atomic<Error*> error_{nullptr};
  std::atomic<std::size_t> remaining_;
  std::atomic<std::uint32_t> refs_;
  std::atomic<std::uint32_t> handles_;
  std::atomic<std::uint8_t> state_{kRunning};
  std::atomic<std::int8_t> stop_{0};
  std::atomic<bool> observed_{false};
  Step step_ = Step::items;  // the next one; only ever one thread is at it
  bool caller_helps_;
  bool keeps_owner_ = false;  // for a late report; written while others read the next two
  const JobKind kind_ : 3;
  bool is_blocking_ : 1 = false;
  bool keeps_pool_ : 1 = false;  // for who waits and may run callbacks
  bool lent_ TP_GUARDED_BY(mutex_) = false;
  [[no_unique_address]] WaitList waiters_;
  Stamp stamp_{Stamp::result};
  Mutex mutex_;
};

/// A reference that ends with a scope, whichever way the scope is left.
class Reference {
 public:
  explicit Reference(Job& job) noexcept : job_(job) {}
  ~Reference() { job_.unref(); }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;

 private:
  Job& job_;
};

/// The handle of the C ABI is the job's address.
inline tp_result_t* to_handle(Job* job) noexcept { return reinterpret_cast<tp_result_t*>(job); }
inline Job* to_job(const tp_result_t* handle) noexcept {
  return reinterpret_cast<Job*>(const_cast<tp_result_t*>(handle));
}

}  // namespace tp::core
