// SPDX-License-Identifier: MIT
// Stage 3: a job that its submitter runs alone; from submit/*, to the caller.
#pragma once

#include "base/noise.h"
#include "trace/traced.h"
#include "wait/wait.h"
#include "worker/pool.h"

namespace tp::core {

/// A blocking call whose thread runs all items itself, so that it needs no memory and no queue, and no other thread
/// hears of it. The thread's inlet counts it like any other job. The pool's memory stays until the inlet says that its
/// thread is not inside (Pool::end).
class Aside {
 public:
  /// Whether a blocking call of this thread may run aside. Only workers run tasks without a function.
  static bool is_allowed(Pool& pool, bool has_function) noexcept {
    const bool helps = pool.caller_helps() && has_function;
    return (helps || this_thread.owner == &pool) && !pool.room().is_bounded();
  }

  /// Counts so many items as accepted, or has a status that says why not. kind and name are for traces.
  Aside(Pool& pool, std::size_t items, JobKind kind, const char* name) noexcept
      : pool_(pool), trace_(pool.trace()), items_(items) {
    if (!has_stack())
      status_ = TP_EDEADLK;
    else if (!(inlet_ = pool.finder().inlet()))
      status_ = TP_ENOMEM;
    else
      status_ = inlet_->exclusively([&] { return begin(); });
    if (trace_) [[unlikely]]
      begin_trace(kind, name);
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
  /// How many of the items have run.
  void ran(std::size_t items) noexcept { ran_ = items; }
  void fail() noexcept { failed_ = true; }

 private:
  int begin() noexcept {
    inlet_->count_inside(1);  // before the job is counted: a thread that sees the job sees this
    const int status = pool_.admit(*inlet_, items_);
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
    const bool plain = ran_ == 1 && items_ == 1 && !failed_;
    if (!plain) {
      Tally::add(tally.items, ran_);
      Tally::add(tally.cut, items_ - ran_);
      Tally::add(tally.failed, failed_);
      Tally::add(tally.completed, 1);
    }
    Tally::Counter& over = plain ? tally.plain : tally.ended;
    publish(over, over.load(std::memory_order_relaxed) + 1);  // own writes
  }

  TracedPool traced() const noexcept { return {static_cast<const PoolContext*>(&pool_), trace_}; }
  /// A trace sees a job without a name only as a run.
  void begin_trace(JobKind kind, const char* name) noexcept {
    has_name_ = name && status_ == TP_OK;
    tag_ = {kind == JobKind::apply ? Point::task : Point::chunk, kind};
    if (has_name_) keep_submit(traced(), this, kind, name);
    began_ = begin_event(traced());
  }

  void end_trace() noexcept {
    keep_event(traced(), began_, has_name_ ? this : nullptr, 0, items_, tag_);
    if (has_name_) keep_moment(traced(), Point::end, this);
  }

  Pool& pool_;
  Trace* const trace_;
  const std::size_t items_;
  Inlet* inlet_ = nullptr;
  Began began_;
  Tag tag_;
  bool has_name_;
  int status_;
  std::size_t ran_ = 0;
  bool failed_ = false;
};

}  // namespace tp::core
