// SPDX-License-Identifier: MIT
// Stage 3: a job that its submitter runs alone; from submit/*, to the caller.
#pragma once

#include "base/noise.h"
#include "worker/pool.h"
#include "trace/traced.h"
#include "wait/wait.h"

namespace tp::core {

/// A blocking call by a thread that may run items, where no other thread needs to hear of it: no
/// memory, no queue. It is accepted and counted like any other, in the thread's inlet; the pool's
/// memory stays until the inlet says that nobody is inside (Pool::end).
class Aside {
 public:
  /// Whether a blocking call of this thread may be one. A task without a function is for workers.
  static bool is_allowed(const Pool& pool, bool has_function) noexcept {
    const bool helps = pool.caller_helps() && has_function;
    return (helps || this_thread.owner == &pool) && !pool.room().is_bounded();
  }

  /// Counts so many items as accepted, or has a status that says why not. kind and name are what
  /// traces see.
  Aside(Pool& pool, std::size_t items, JobKind kind, const char* name) noexcept
      : pool_(pool), trace_(pool.trace()) {
    if (!has_stack())
      status_ = TP_EDEADLK;
    else if (!(inlet_ = pool.finder().inlet()))
      status_ = TP_ENOMEM;
    else
      status_ = inlet_->exclusively([&] { return begin(items); });
    if (trace_) [[unlikely]]
      begin_trace(items, kind, name);
  }
  ~Aside() {
    if (status_ != TP_OK) return;
    if (trace_) [[unlikely]]
      end_trace();
    inlet_->exclusively([&] { end(); });
    noise("aside.over");
    pool_.tell_if_drained();
    noise("aside.leave");
    inlet_->count_inside(UINT64_MAX);  // the last touch of both
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  /// TP_OK, or why it was not accepted: TP_ECLOSED, TP_EINIT, TP_EDEADLK, TP_ENOMEM.
  int status() const noexcept { return status_; }
  void ran(std::size_t items) noexcept { ran_ += items; }
  void cut(std::size_t items) noexcept { cut_ += items; }
  void fail() noexcept { failed_ = true; }

 private:
  int begin(std::size_t items) noexcept {
    inlet_->count_inside(1);  // before it is counted: who sees the job sees that
    const int status = pool_.admit(*inlet_, items);
    if (status == TP_OK)
      Tally::add(inlet_->tally.running, 1);
    else
      inlet_->count_inside(UINT64_MAX);
    return status;
  }

  void end() noexcept {
    order::release(&pool_);
    Tally& tally = inlet_->tally;
    Tally::add(tally.running, UINT64_MAX);
    const bool plain = ran_ == 1 && !cut_ && !failed_;
    if (!plain) {
      Tally::add(tally.items, ran_);
      Tally::add(tally.cut, cut_);
      Tally::add(tally.failed, failed_);
      Tally::add(tally.completed, 1);
    }
    Tally::Counter& over = plain ? tally.plain : tally.ended;
    publish(over, over.load(std::memory_order_relaxed) + 1);  // own writes
  }

  TracedPool traced() const noexcept { return {static_cast<const PoolContext*>(&pool_), trace_}; }
  void begin_trace(std::size_t items, JobKind kind, const char* name) noexcept;
  void end_trace() noexcept;

  Pool& pool_;
  Trace* const trace_;
  Inlet* inlet_ = nullptr;
  Began began_;
  Tag tag_;
  std::size_t items_;
  bool has_name_;
  int status_;
  std::size_t ran_ = 0, cut_ = 0;
  bool failed_ = false;
};

}  // namespace tp::core
