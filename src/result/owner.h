// SPDX-License-Identifier: MIT
// Stage 6: what a job needs from the pool that runs it; from queue/*, to result/job.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/stamp.h"
#include "result/callbacks.h"
#include "result/error.h"
#include "result/level.h"

namespace tp::core {

class Job;
struct Timing;
class Trace;

/// The pool, seen from its jobs. Lives until every one of its jobs has been counted by ended.
class Owner {
 public:
  virtual std::size_t workers() const noexcept = 0;

  /// A job's outcome is final: a statistic. status TP_OK, TP_CANCELED and so on.
  virtual void count(int status) noexcept = 0;
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

  /// Whether workers start in the order of the queues: no pause, no levels, none that has to leave.
  bool is_plain() const noexcept { return !(signs_.load() & (kPaused | kLeveled | kShrinking)); }
  bool is_paused() const noexcept { return signs_.load() & kPaused; }
  bool has_levels() const noexcept { return signs_.load() & kLeveled; }
  /// Whether a worker should turn from a job of this level, between two chunks.
  bool calls_off(Level level) const noexcept { return !is_plain() && turns_from(level); }

  /// The trace that is on, or nullptr; there as long as the pool.
  Trace* trace() const noexcept {
    return trace_.load(std::memory_order_acquire);  // pairs with the store of Tracer::start
  }
  bool caller_helps() const noexcept { return caller_helps_; }
  bool reports() const noexcept { return reports_; }
  const Stamp& stamp() const noexcept { return stamp_; }
  CallbackLane& callbacks() noexcept { return callbacks_; }

 protected:
  Owner() noexcept = default;
  ~Owner() = default;

  std::atomic<Trace*> trace_{nullptr};  // first: in a line that all calls read
  /// What workers have to know before they start something; next to what they read anyway.
  static constexpr std::uint8_t kPaused = 1, kLeveled = 2, kUnpausable = 4, kShrinking = 8;

  std::atomic<std::uint8_t> signs_{0};
  bool caller_helps_ = false;
  bool reports_ = false;
  Stamp stamp_{Stamp::pool};
  CallbackLane callbacks_;
};

}  // namespace tp::core
