// SPDX-License-Identifier: MIT
// Stage 6: one submitted call and the state of its outcome; from queue/*, to the waiter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/handle_tag.h"
#include "base/mutex.h"
#include "base/parker.h"
#include "base/wait_list.h"
#include "result/call_scope.h"
#include "result/error.h"
#include "result/job_times.h"
#include "result/member.h"
#include "result/pool_context.h"
#include "tpool/result.h"
#include "trace/event.h"

namespace tp::core {

class Job;
class Dependent;
struct DoneCallback;

/// A job. It is counted, and has one latch and at most one error, that of the lowest index.
///
/// remaining_ counts what is not over: items, and a stream's source. The thread that takes it to 0 calls finish, once.
/// Until then the pool exists. The state goes from running to done (values are final) to ready (the callback has
/// returned), never back. The runner's reference ends after ready, its wake-up and the done callbacks, so a waiter may
/// release the job at once. Thread-safe except where noted.
class Job {
 public:
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // -- life ---------------------------------------------------------------------------------------
  void ref() noexcept { life_.fetch_add(kReference, std::memory_order_relaxed); }  // it has one
  void unref() noexcept;
  /// Adds a user's handle, and a reference. Handles keep the outcome; so does the job itself until it is ready.
  void add_handle() noexcept {
    ref();
    handles_.fetch_add(1);
  }
  void drop_handle();
  /// Gives up a handle, but not its reference, if there is another handle; else returns false and does nothing. Runs no
  /// user code. REQUIRES: the job is ready.
  bool drop_spare_handle() noexcept;

  // -- outcome ------------------------------------------------------------------------------------
  bool done() const noexcept { return life_.load() & (kDone | kReady); }
  bool ready() const noexcept { return life_.load() & kReady; }
  /// Whether the calling thread may take the outcome: the job is ready, or it is done and the thread is inside a
  /// callback of the pool.
  bool available() const noexcept;
  /// TP_OK or the error's status. REQUIRES: done.
  int outcome() const noexcept {
    const Error* const error = error_.load();
    return error ? error->status() : TP_OK;
  }
  Error* error() const noexcept { return error_.load(); }
  /// The error, which is lent to the user: from now on it lives as long as the job.
  Error* lend_error() noexcept;
  /// Whether the calling thread may run items of this job: it is a worker of the pool, or callers help. The pool may be
  /// gone.
  bool helpable() const noexcept { return helpable_by(this_thread.pool); }
  /// The same of another thread. pool: whose worker that is, or nullptr.
  bool helpable_by(const PoolContext* pool) const noexcept {
    return caller_helps_ || (pool == pool_ && !pool->taker());
  }
  /// Whether a thread that is not a worker may have something to do while it waits for this job.
  bool asks_waiters() const noexcept { return caller_helps_ || keeps_pool_ || is_unattended(); }
  void observe() noexcept {
    if (extras_) observed_.store(true);  // a bare job reports nothing
  }
  /// Whether the callback is manual. Then the job keeps the pool's memory.
  bool keeps_pool() const noexcept { return keeps_pool_; }
  /// fn is called when the job is ready, at once if it is ready now. calls_user: fn is user code and may take long.
  /// TP_OK or TP_ENOMEM. REQUIRES: a handle.
  int add_done_callback(void (*fn)(void* user, tp_result_t* result), void* user,
                        bool calls_user = true);
  /// A follower is called when the job is ready, at once if it is ready now. REQUIRES: the follower keeps a handle.
  void add_follower(DoneCallback& follower);
  /// Takes a handle if the job is not ready and has so many others: whoever has these may drop them at any time.
  /// REQUIRES: the caller has a reference.
  bool add_handle_beside(std::size_t others) noexcept;
  /// What the job waits for; nullptr if it is not one that does.
  Dependent* dependent() const noexcept { return extras_ ? extras_->dependent : nullptr; }
  /// The pool with a reference, if it is sure to exist: the job is not ready. Else nullptr.
  PoolContext* retain_pool() noexcept;

  // -- running ------------------------------------------------------------------------------------
  /// A worker runs the job from the queue. Takes over the caller's reference.
  virtual void run() = 0;
  /// Runs unstarted items on the calling thread, at least one, until there is none or the deadline has passed; or, on a
  /// worker of the pool, what is left of the job. False when there was nothing.
  bool help(Deadline deadline) {
    if (this_thread.pool == pool_ && is_left()) [[unlikely]]
      return go_on_left();
    return help_items(deadline);
  }
  /// Whether a worker could run an item now.
  virtual bool claimable() noexcept { return false; }
  /// Whether the calling thread could run something: outside the pool only one thread at a time helps.
  bool claimable_here() noexcept { return claimable_by(this_thread.pool, this_parker()); }
  /// The same of another thread. pool: whose worker that is, or nullptr.
  bool claimable_by(const PoolContext* pool, const Parker& parker) noexcept {
    const bool is_worker = pool == pool_;
    return (helpable_by(pool) && (is_worker || !extras_ || is_free_for(parker)) && claimable()) ||
           (is_worker && is_left());
  }
  /// Whether its end is left to a worker: it is deferred, or its callback is due. REQUIRES: the pool exists.
  bool is_left() noexcept;
  /// The same, as far as can be told without the pool: its callback may be due.
  bool may_be_left() const noexcept;
  /// Goes on with that; false when another thread does.
  bool go_on_left();
  /// Items that a taker has are over. On a worker of the pool: hooks run, and the job may end.
  virtual void finish_taken(const TakenItems&, const TakenEnd&) {}
  /// Ends unstarted items with the status.
  virtual void cut(int status) = 0;
  /// Cuts the job, unless it is over. REQUIRES: a handle.
  void cancel(int status = TP_ECANCELED);
  /// Cuts the job if nothing of it has started; whether it has. REQUIRES: a handle.
  bool cancel_pending(int status = TP_ECANCELED);
  /// The same as cancel in two steps. The job does not end between them, and only the second one may run user code.
  /// False when the job is over.
  bool begin_cancel(int status) noexcept {
    const bool pinned = pin();
    if (pinned) stop(status);
    return pinned;
  }
  void end_cancel(int status);
  /// As begin_cancel and end_cancel(TP_ECANCELED), for a cancel of all jobs of the pool (worker/canceller). Between the
  /// two nothing of the job starts, and other threads may end what has not started. False also when a cancel of the
  /// pool has taken the job before. REQUIRES: only one thread at a time begins one.
  virtual bool begin_pool_cancel() noexcept;
  virtual void end_pool_cancel() { end_cancel(TP_ECANCELED); }
  /// The job's link in the list of those that such a cancel has taken.
  virtual Job*& cancelled_link() noexcept { return extras_->next_cancelled; }
  /// Why a job may not start yet.
  enum Hold : std::uint8_t { for_time = 1, for_source = 2, in_group = 4 };
  /// One of these reasons is gone. REQUIRES: the job is pinned, or can't end meanwhile.
  void let_start(Hold reason);
  /// Whether running items should stop: a thread has cut the job, or its deadline has passed.
  bool stop_requested() const noexcept {
    return stopping() || (job_deadline() && job_deadline()->at.passed());
  }
  /// Cuts the job if its deadline has passed, and lets it start if it may, if no timer thread watches it.
  void watch_deadline() {
    if (is_unattended()) [[unlikely]]
      look_at_times();
  }
  /// How long a waiter may sleep before it has to call that.
  Deadline unwatched_deadline() const noexcept;
  virtual void progress(std::size_t& done, std::size_t& total) const noexcept = 0;
  /// TP_EINVAL where items have none, or index is out of range. REQUIRES: done.
  virtual int item_status(std::size_t) const noexcept { return TP_EINVAL; }
  /// Why an item failed, lent to the user; nullptr if that is not known. REQUIRES: done.
  virtual Error* item_error(std::size_t index) noexcept;
  /// The values; nullptr when there are none. REQUIRES: done.
  virtual void* values() noexcept { return nullptr; }

  bool stopping() const noexcept { return stop_.load(std::memory_order_relaxed) != 0; }  // advice
  PoolContext& pool() const noexcept { return *pool_; }
  JobKind kind() const noexcept { return kind_; }
  const HandleTag& handle_tag() const noexcept { return handle_tag_; }
  /// Its place in its group, or nullptr; and the group.
  Member* member() const noexcept { return extras_ ? extras_->member : nullptr; }
  Group* group() const noexcept { return member() ? member()->group : nullptr; }
  /// Whether its group has not started it. Then no worker finds it among the open jobs.
  bool waits_for_group() const noexcept {
    return member() && member()->state.load() < Member::started;
  }
  /// Whether it may not start yet, or not go on: something holds it, or its group pauses.
  bool is_held() const noexcept {
    return extras_ && (extras_->holds.load() || (extras_->member && group_pause()->load()));
  }
  /// Whether something else than its group keeps it from its start. REQUIRES: it has extras.
  bool waits_outside_group() const noexcept { return extras_->holds.load() & ~in_group; }
  /// Set while its group pauses; nullptr without a group.
  const std::atomic<bool>* group_pause() const noexcept;
  WaitList& waiters() noexcept { return waiters_; }
  /// Wakes the threads that wait for it, or for its group: one of them may be the only one to run it.
  void wake_helpers() noexcept;
  /// The calling thread is about to look at the state, behind what it puts or will put in the list. From now on the
  /// thread that makes the job ready looks at the list.
  void expect_wake() noexcept { life_.fetch_or(kWaited); }

  /// Runs the steps of the end that are left. The thread that ended the last item calls it first.
  void finish();
  /// A worker goes on with a deferred job, at the job's end or at its deadline.
  void go_on();

  struct Link {
    Job* prev = nullptr;
    Job* next = nullptr;
  };
  struct Lent {
    Error* error;
    Lent* next;
  };
  /// What a job needs only if it goes to the open jobs, has a deadline, or runs user code at its end.
  struct Extras {
    explicit Extras(const Callbacks& of = {}) noexcept : callbacks(of) {}

    const Callbacks callbacks;
    Job* next_due = nullptr;  // of the callback strand, or of the deferred jobs
    // of a job with a deadline; set before the job is queued
    JobDeadline* job_deadline = nullptr;
    JobDeadline* job_start = nullptr;  // the same for its start
    Member* member = nullptr;          // of a job in a group; as well
    std::uint64_t item_limit = 0;      // nanoseconds for each item; 0: no limit. As well
    Lent* lent_before = nullptr;   // errors that were lent and then replaced; under the job's mutex
    Link started_link, open_link;  // of the pool's lists (worker/open_jobs.h)
    Job* next_cancelled = nullptr;               // of the list of a cancel of the pool
    std::atomic<const Parker*> helper{nullptr};  // of the outside thread that helps now
    std::atomic<bool> is_open{false}, is_deferred{false};
    std::atomic<std::uint8_t> holds{0};    // why it may not start yet: only a cut claims its items
    bool takes_room = true;                // under the pool's bound
    Dependent* dependent = nullptr;        // the job, if it waits for others
    bool may_open = false;                 // the job may be opened; set before it is queued
    Priority priority = Priority::normal;  // set before the job is queued
    bool is_started = false, is_shut = false, is_swept = false;
    bool is_pool_cancelled = false;  // a cancel of the pool has taken it
  };
  /// REQUIRES: the job has extras.
  Extras& extras() noexcept { return *extras_; }
  /// The job's link in the list of deferred ones. REQUIRES: it is deferred.
  Job*& deferred_link() noexcept;
  /// The call that submits the job waits for it, and the job uses the memory of that call.
  void set_blocking() noexcept { is_blocking_ = true; }

 protected:
  /// Starts with a reference of the job itself, of the queue, and of the handle if there is one. extras lives as long
  /// as the job; nullptr for none.
  Job(PoolContext& pool, JobKind kind, std::size_t remaining, Extras* extras, bool handle) noexcept;
  virtual ~Job() {
    if (keeps_pool_) pool_->release();
  }

  Extras* extras_or_none() const noexcept { return extras_; }
  bool is_held(Hold reason) const noexcept { return extras_ && extras_->holds.load() & reason; }
  /// From now on the job takes room under the pool's bound. REQUIRES: it did not.
  void take_room() noexcept {
    extras_->takes_room = true;
    pool_->take_room();
  }
  /// Guards what a dependent job waits for.
  Mutex& mutex() noexcept { return mutex_; }

  /// For the constructor: if the pool's callbacks are manual and the job has one, keeps the pool's memory, because a
  /// thread that waits for the job may have to run callbacks. REQUIRES: extras.
  void keep_pool_for_callbacks() noexcept;
  virtual bool help_items(Deadline) { return false; }
  /// A thread that helps is about to claim items: false when it may not.
  bool may_start() noexcept {
    return !extras_ || (!is_held() && (!extras_->member || begin_in_group()));
  }
  /// Only workers may run the job's items.
  void workers_only() noexcept { caller_helps_ = false; }

  /// Frees each JobDeadline, and the Member, just before the object goes.
  void drop_extras() noexcept;
  /// Ends all items with the status if none has started; whether it has.
  virtual bool cut_pending(int) { return false; }
  /// Drops values that were not handed over. Runs once, when no thread can ask for them any more.
  virtual void drop_outputs() {}
  /// Frees the object.
  virtual void destroy() noexcept = 0;
  /// Drop items and ctx. Each runs once, in this order, before the callback.
  virtual void drop_items() {}
  virtual void drop_ctx() {}
  /// Whether the end of the job calls hooks of the task.
  virtual bool has_hooks() const noexcept { return true; }
  /// The last handle went before the end: from now on no thread will take values.
  virtual void detach() {}

  /// Records the failure of an item. The failure with the lowest index stays.
  void record(int status, int code, std::size_t index, Cause cause);
  void record(int status, int code, std::size_t index, CallScope& scope) {
    record(status, code, index, scope.take_cause());
  }
  /// The same of a failure that is made. Takes it over.
  void record(Error* failure) { put_error(failure, false); }
  /// The same for an error that has another owner, too.
  void record_shared(Error& error);
  /// Records that an item ended without a run.
  void record_cut(int status, std::size_t index);
  /// Asks running items to stop. The first status stays: false when there was one.
  bool stop(int status) noexcept;
  int stop_status() const noexcept { return stop_.load(); }
  /// A taker has given items back unstarted. It may have seen before the job what ends them: the pool's end, the job's
  /// deadline, or a cancel of the pool.
  void stop_unrun() noexcept;
  /// count items are over. With the last one the job finishes.
  void over(std::size_t count);
  /// over(1) for an apply job. True if its end took one step, in which the calling thread has given up so many more
  /// references.
  bool over_at_once(std::uint32_t references);
  void more(std::size_t count) noexcept { remaining_.fetch_add(count); }
  /// Counts one more, so that the job can't finish before over(1). False when the job is over already.
  bool pin() noexcept;
  std::size_t remaining() const noexcept { return remaining_.load(); }
  /// The deadline, or nullptr; and whether no timer thread watches it.
  const JobDeadline* job_deadline() const noexcept {
    return extras_ ? extras_->job_deadline : nullptr;
  }
  bool is_unattended() const noexcept {
    const JobDeadline* const any = job_deadline() ? job_deadline() : job_start();
    return any && any->unattended;
  }
  const JobDeadline* job_start() const noexcept { return extras_ ? extras_->job_start : nullptr; }
  bool detached() const noexcept { return users(handles_.load()) <= 1; }  // but for the job's own

 private:
  friend class CallbackStrand;
  friend class Deferred;
  // In life_: the state, whether the list of waiters may have to be looked at, and the count of references.
  static constexpr std::uint32_t kDone = 1, kReady = 2, kWaited = 4, kReference = 8;
  // In handles_: done callbacks keep the outcome, too. They are not users, so a stream does not wait for them.
  static constexpr std::uint32_t kForDone = std::uint32_t{1} << 31;
  static std::uint32_t users(std::uint32_t handles) noexcept { return handles & ~kForDone; }

  /// The steps of a job's end. Each runs once. If a step ends its thread, a worker runs the next one.
  enum class Step : std::uint8_t { items, ctx, callback, dispose, ready, done, telling };
  /// Whether the job has no hooks, no callbacks, no deadline and no report, and only the thread that claims its item
  /// takes part in its end.
  bool is_bare() const noexcept { return !extras_; }
  bool takes_room() const noexcept { return !extras_ || extras_->takes_room; }
  void drop_counted_handle();
  bool is_free_for(const Parker& outside) const noexcept {
    const Parker* const helper = extras_->helper.load();
    return !helper || helper == &outside;
  }
  void call_back();
  void look_at_times();
  void fail_late();
  void hand_on();
  void drop_inputs();
  void settle();
  void count(int status) noexcept;
  bool begin_in_group() noexcept;
  bool set_ready() noexcept;
  void tell_done();
  void call_done(WaitList::Node*& rest);
  void tell_rest(WaitList::Node* rest);
  void defer_done(WaitList::Node* rest) noexcept;
  void begin_telling() noexcept;
  void end_telling();
  void let_go();
  void drop_errors();
  void dispose();
  void put_error(Error* error, bool always);
  auto callback() const noexcept -> void (*)(void*, tp_result_t*);

  // In an order without holes, because queued jobs are memory.
  PoolContext* const pool_;
  Extras* const extras_;
  std::atomic<Error*> error_{nullptr};
  std::atomic<std::size_t> remaining_;
  std::atomic<std::uint32_t> life_;
  std::atomic<std::uint32_t> handles_;
  std::atomic<std::int8_t> stop_{0};
  std::atomic<bool> observed_{false};
  Step step_ = Step::items;  // the next one; only one thread at a time is at the job's end
  bool caller_helps_;
  // for a late report; written while other threads read the bits below
  bool keeps_pool_to_report_ = false;
  const JobKind kind_ : 4;
  bool is_blocking_ : 1 = false;
  bool keeps_pool_ : 1 = false;  // see keep_pool_for_callbacks
  bool lent_ TP_GUARDED_BY(mutex_) = false;
  [[no_unique_address]] WaitList waiters_;
  HandleTag handle_tag_{HandleTag::result};
  Mutex mutex_;
};

/// Takes over a reference, and gives it up at the end of the scope.
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
