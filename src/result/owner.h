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
#include "result/frame.h"
#include "result/level.h"
#include "tpool/task.h"
#include "trace/traced.h"

namespace tp::core {

class Job;
class PoolWaits;
struct Timing;

/// The pool, seen from its jobs. Lives until every one of its jobs has been counted by ended.
class Owner {
 public:
  virtual std::size_t workers() const noexcept = 0;

  /// A job is about to be ready with this status, and will call no more user code but done callbacks:
  /// the statistics have it, and there is room for another.
  virtual void count(int status) noexcept = 0;
  /// Done callbacks of a job that is ready begin, or will not run any more.
  virtual void set_telling(bool telling) noexcept = 0;
  /// A callback ran: a statistic.
  virtual void count_callback() noexcept = 0;
  /// count items have been run: a statistic.
  virtual void count_items(std::size_t count) noexcept = 0;
  /// count more items are known (a stream pulled them), or count were ended without being run.
  virtual void count_pulled(std::size_t count) noexcept = 0;
  virtual void count_cut(std::size_t count) noexcept = 0;
  /// Work was taken from another thread's share: a statistic.
  virtual void count_steal() noexcept = 0;
  /// The calling thread begins or ends to run items: a statistic.
  virtual void set_running(bool running) noexcept = 0;

  /// The job is ready and will not touch the pool again. The caller's last use of it.
  virtual void ended() = 0;
  /// The job has unstarted items: workers should look for them.
  virtual void open(Job& job) = 0;
  /// The job is complete: no worker may find it any more.
  virtual void shut(Job& job) noexcept = 0;
  /// Takes a claimed job off the queue, if the calling thread was the last to queue one, and this;
  /// the queue's reference is the caller's then.
  virtual bool take_back(Job& job) noexcept = 0;
  /// The job is complete: its deadline has no effect any more.
  virtual void forget_deadline(Timing& timing) noexcept = 0;
  /// Has a worker go on with the job's end: the thread at it is being ended.
  virtual void defer(Job& job) noexcept = 0;
  /// There is work: wake a worker if one sleeps.
  virtual void notify() noexcept = 0;
  /// A callback is due that no worker may run: tells threads that wait for the pool.
  virtual void callbacks_due() noexcept = 0;
  /// Reports a failed job that nobody looked at.
  virtual void report(const Error& error) = 0;
  /// Keep the pool's memory for a late report.
  virtual void retain() noexcept = 0;
  virtual void release() noexcept = 0;

  /// The status to end unstarted items with: TP_OK while the pool runs them.
  virtual int cut_status() const noexcept = 0;
  /// The error that broke the pool; nullptr when none did.
  virtual Error* cut_error() const noexcept = 0;
  /// Whether the calling worker should turn from a job of this level: for a pause, for something that
  /// comes before it, or because it has to leave.
  virtual bool turns_from(Level level) const noexcept = 0;
  /// What the calling worker runs for tasks without a function; nullptr when it has nothing.
  virtual tp_task_fn dispatcher() const noexcept { return nullptr; }

  /// Whether workers start in the order of the queues: no pause, no levels, none that has to leave,
  /// and not the end.
  bool is_plain() const noexcept { return !(signs_.load() & ~kUnpausable); }
  /// Whether workers start nothing: for a pause, or because a thread ends what has not started.
  bool is_paused() const noexcept { return signs_.load() & (kPaused | kSweeping); }
  bool is_sweeping() const noexcept { return signs_.load() & kSweeping; }
  /// Whether the calling worker may claim something, which it has in its hands then (Crew::await_hands).
  [[gnu::always_inline]] bool may_claim() const noexcept {
    if (this_thread.owner == this) this_thread.hands->fill();  // first: one sees the other
    return !is_sweeping();
  }
  /// As cut_status for what a worker has in its hands: it starts if the pool is terminated just now.
  int cut_status_in_hand() const noexcept {
    if (!(signs_.load() & (kTerminated | kBroken))) return TP_OK;
    const int status = cut_status();
    return status == TP_ETERMINATED && is_sweeping() && !cut_error() ? TP_OK : status;
  }
  /// Workers may start again; now they end what the sweep has missed.
  void end_sweep() noexcept {
    if (!(signs_.fetch_and(static_cast<std::uint8_t>(~kSweeping)) & kSweeping)) return;
    noise("owner.swept");
    settle();  // who saw the sweep has published what he submitted
    notify();
  }
  /// The same if the calling thread is the one that sweeps, and about to wait: for what it would end.
  void yield_sweep() noexcept {
    if (is_sweeping() && sweeper_.load() == &this_parker()) end_sweep();
  }
  /// Whether streams run without windows for now.
  bool lifts_windows() const noexcept { return lifts_.load() != 0; }
  bool has_levels() const noexcept { return signs_.load() & kLeveled; }
  /// Whether a worker should turn from a job of this level, between two chunks.
  bool calls_off(Level level) const noexcept { return !is_plain() && turns_from(level); }

  /// The trace that is on, or nullptr; there as long as the pool.
  Trace* trace() const noexcept {
    return trace_.load(std::memory_order_acquire);  // pairs with the store of Tracer::start
  }
  /// As marks see it.
  operator TracedPool() const noexcept { return {this, trace()}; }
  bool caller_helps() const noexcept { return caller_helps_; }
  bool reports() const noexcept { return reports_; }
  const Stamp& stamp() const noexcept { return stamp_; }
  CallbackLane& callbacks() noexcept { return callbacks_; }
  /// Its workers that are blocked.
  PoolWaits& blocked() const noexcept { return blocked_; }

 protected:
  explicit Owner(PoolWaits& blocked) noexcept : blocked_(blocked) {}
  ~Owner() = default;

  std::atomic<Trace*> trace_{nullptr};  // first: in a line that all calls read
  /// What workers have to know before they start something; next to what they read anyway.
  static constexpr std::uint8_t kPaused = 1, kLeveled = 2, kUnpausable = 4, kShrinking = 8,
                                kSweeping = 16, kTerminated = 32, kBroken = 64;

  std::atomic<std::uint8_t> signs_{0};
  bool caller_helps_ = false;
  bool reports_ = false;
  std::atomic<std::uint32_t> lifts_{0};  // who waits for the end of all streams
  Stamp stamp_{Stamp::pool};
  CallbackLane callbacks_;
  PoolWaits& blocked_;
  std::atomic<const Parker*> sweeper_{nullptr};  // of the thread that ends what has not started
};

}  // namespace tp::core
