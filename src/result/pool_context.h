// SPDX-License-Identifier: MIT
// Stage 6: what a job needs from the pool that runs it; from queue/*, to result/job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/dekker.h"
#include "base/noise.h"
#include "base/stamp.h"
#include "result/callbacks.h"
#include "result/error.h"
#include "result/level.h"
#include "result/room.h"
#include "result/signs.h"
#include "result/tally.h"
#include "base/waiters.h"
#include "tpool/pool.h"
#include "trace/traced.h"

namespace tp::core {

class Job;
class PoolWaits;

/// The pool's state only goes up.
enum class State : std::uint32_t { running, closed, terminated };

/// The pool, as its jobs see it: events, which it is told of, and plain state, which they read and count
/// in. Lives until every one of its jobs has told ended, and until the last release.
class PoolContext {
 public:
  PoolContext(const PoolContext&) = delete;
  PoolContext& operator=(const PoolContext&) = delete;

  // Events.
  /// The job is ready and will not touch the pool again. The caller's last use of it.
  virtual void ended() = 0;
  /// The job has unstarted items: workers should look for them.
  virtual void open(Job& job) = 0;
  /// The job, which has extras, is complete: no worker may find it any more, and its deadline has no effect.
  virtual void settled(Job& job) noexcept = 0;
  /// Takes a claimed job off the queue, if the calling thread was the last to queue one, and this;
  /// the queue's reference is the caller's then.
  virtual bool take_back(Job& job) noexcept = 0;
  /// Has a worker go on with the job's end: the thread at it is being ended.
  virtual void defer(Job& job) noexcept = 0;
  /// There is work: wake a worker if one sleeps.
  virtual void notify() noexcept = 0;
  /// Reports a failed job that nobody looked at.
  virtual void report(const Error& error) = 0;
  /// Whether the calling worker should turn from a job of this level: for a pause, for something that
  /// comes before it, or because it has to leave.
  virtual bool turns_from(Level level) const noexcept = 0;

  // State.
  State state() const noexcept { return state_.load(); }
  /// The error that broke the pool; nullptr when none did.
  Error* cut_error() const noexcept { return broken_.load(); }
  /// The status to end unstarted items with: TP_OK while the pool runs them.
  int cut_status() const noexcept {
    if (state() == State::terminated) return TP_ETERMINATED;
    return cut_error() ? TP_EINIT : TP_OK;
  }
  /// As cut_status for what a worker has in its hands: it starts if the pool is terminated just now.
  int cut_status_in_hand() const noexcept {
    if (!signs_.any(Signs::kTerminated | Signs::kBroken)) return TP_OK;
    const int status = cut_status();
    return status == TP_ETERMINATED && signs_.is_sweeping() && !cut_error() ? TP_OK : status;
  }

  const Signs& signs() const noexcept { return signs_; }
  /// The end of a pause or a sweep wakes a worker, which wakes the next: what came meanwhile woke nobody.
  void change_signs(std::uint8_t set, std::uint8_t clear) noexcept {
    if (!(signs_.change(set, clear) & clear & (Signs::kPaused | Signs::kSweeping))) return;
    noise("pool.goes_on");
    settle();  // who saw the pause has published what he submitted
    notify();
  }
  /// Whether the calling worker may claim something, which it has in its hands then (await_hands).
  [[gnu::always_inline]] bool may_claim() const noexcept {
    if (this_thread.owner == this) this_thread.hands->fill();  // first: one sees the other
    return !signs_.is_sweeping();
  }
  /// Whether a worker should turn from a job of this level, between two chunks.
  bool calls_off(Level level) const noexcept { return !signs_.is_plain() && turns_from(level); }
  /// If the calling thread is the one that sweeps, and about to wait for what it would end: workers may
  /// start again, and end what the sweep has missed.
  void yield_sweep() noexcept {
    if (signs_.is_sweeping() && sweeper_.load() == &this_parker())
      change_signs(0, Signs::kSweeping);
  }

  /// How many workers there should be.
  std::size_t worker_count() const noexcept { return worker_count_.load(); }
  /// How many threads wait for the end of all streams: meanwhile these have no windows.
  std::atomic<std::uint32_t>& lifts() noexcept { return lifts_; }
  /// The trace that is on, or nullptr; there as long as the pool.
  Trace* trace() const noexcept {
    return trace_.load(std::memory_order_acquire);  // pairs with the store of Trace::start
  }
  /// As marks see it.
  operator TracedPool() const noexcept { return {this, trace()}; }
  bool caller_helps() const noexcept { return caller_helps_; }
  bool reports() const noexcept { return reports_; }
  /// Whether it has no threads of its own: others enter.
  bool is_hosted() const noexcept { return is_hosted_; }
  const Stamp& stamp() const noexcept { return stamp_; }
  CallbackLane& callbacks() noexcept { return callbacks_; }
  /// Its workers that are blocked.
  PoolWaits& blocked() const noexcept { return blocked_; }
  /// Who waits for the pool: to be idle or over, or to have something to do.
  WaitList& idle() noexcept { return idle_; }
  Room& room() noexcept { return room_; }
  const Room& room() const noexcept { return room_; }

  // Counters.
  /// Adds to a counter of the calling thread.
  void bump(Tally::Counter Tally::*counter, std::uint64_t count) noexcept {
    if (this_thread.owner == this)
      Tally::add(static_cast<Tally*>(this_thread.hands)->*counter, count);
    else
      (others_.*counter).fetch_add(count);
  }
  /// The calling thread begins or ends to run items.
  void set_running(bool running) noexcept { bump(&Tally::running, running ? 1 : UINT64_MAX); }
  /// Done callbacks of a job that is ready begin, or will not run any more.
  void set_telling(bool telling) noexcept { bump(&Tally::telling, telling ? 1 : UINT64_MAX); }
  /// A job is about to be ready with this status, and will call no more user code but done callbacks:
  /// there is room for another.
  void count(int status) noexcept {
    if (status == TP_ECANCELED || status == TP_ETERMINATED)
      bump(&Tally::cancelled, 1);
    else if (status != TP_OK)
      bump(&Tally::failed, 1);
    if (status == TP_ETIMEDOUT) bump(&Tally::timed_out, 1);
    room_.give_back();
    bump(&Tally::completed, 1);  // last
  }

  /// Keeps the pool's memory.
  void retain() noexcept { refs_.fetch_add(1); }
  void release() noexcept {
    if (refs_.fetch_sub(1) == 1) delete this;
  }

 protected:
  PoolContext(const tp_pool_options_t& options, PoolWaits& blocked) noexcept
      : caller_helps_(options.flags & TP_POOL_CALLER_HELPS),
        reports_(options.unobserved != nullptr),
        is_hosted_(options.flags & TP_POOL_NO_THREADS),
        worker_count_(options.workers),
        blocked_(blocked),
        room_(options.max_pending) {}
  virtual ~PoolContext() = default;

  // what every call reads and hardly anything writes
  std::atomic<Trace*> trace_{nullptr};
  Signs signs_;
  const bool caller_helps_, reports_, is_hosted_;
  std::atomic<bool> ending_{false};  // the state is not running, and no submitter thinks it is
  std::atomic<State> state_{State::running};
  Stamp stamp_{Stamp::pool};
  std::atomic<std::uint32_t> lifts_{0};
  std::atomic<Error*> broken_{nullptr};
  std::atomic<std::size_t> worker_count_;
  // the rest
  alignas(kCacheLine) CallbackLane callbacks_;
  PoolWaits& blocked_;
  WaitList idle_;
  std::atomic<const Parker*> sweeper_{nullptr};  // of the thread that ends what has not started
  std::atomic<std::size_t> refs_{1};
  Room room_;
  Tally others_;  // of all threads that are no workers of it
};

/// Work was taken from another thread's share.
inline void count_steal(PoolContext& pool) noexcept {
  mark_steal(pool);
  pool.bump(&Tally::steals, 1);
}

}  // namespace tp::core
