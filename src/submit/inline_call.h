// SPDX-License-Identifier: MIT
// Stage 3: a job that its submitter runs alone; from submit/*, to the caller.
#pragma once

#include "base/sync_point.h"
#include "trace/traced.h"
#include "wait/wait.h"
#include "worker/pool.h"

namespace tp::core {

/// A blocking call whose thread runs all items itself, so that it needs no memory and no queue, and no other thread
/// hears of it. The thread's producer counts it like any other job. The pool's memory stays until the producer says
/// that its thread is not inside (Pool::end).
class InlineCall {
 public:
  /// Whether a blocking call of this thread may run inline. Only workers run tasks without a function.
  static bool is_allowed(Pool& pool, bool has_function) noexcept {
    const bool helps = pool.caller_helps() && has_function;
    return (helps || this_thread.pool == &pool) && !pool.room().is_bounded() && !pool.taker();
  }

  /// Counts so many items as accepted, or has a status that says why not. kind and name are for traces.
  InlineCall(Pool& pool, std::size_t items, JobKind kind, const char* name) noexcept
      : pool_(pool), cancels_(pool.cancels()), trace_(pool.trace()), items_(items) {
    if (!has_stack())
      status_ = TP_EDEADLK;
    else if (!(producer_ = pool.finder().producer()))
      status_ = TP_ENOMEM;
    else
      status_ = producer_->exclusively([&] { return begin(); });
    if (trace_) [[unlikely]]
      begin_trace(kind, name);
  }
  ~InlineCall() {
    if (status_ != TP_OK) return;
    if (trace_) [[unlikely]]
      end_trace();
    producer_->exclusively([&] { end(); });
    sync_point("inline_call.over");
    pool_.tell_if_drained();
    sync_point("inline_call.leave");
    producer_->count_inside(UINT64_MAX);  // the last touch of both
  }
  InlineCall(const InlineCall&) = delete;
  InlineCall& operator=(const InlineCall&) = delete;

  /// TP_OK, or why it was not accepted: TP_ECLOSED, TP_EINIT, TP_EDEADLK, TP_ENOMEM.
  int status() const noexcept { return status_; }
  /// The items begin, and see a cancel of the pool since the call was accepted.
  void note_in(CallScope& items) const noexcept { items.note_cancels(cancels_); }
  /// How many of the items have run.
  void ran(std::size_t items) noexcept { ran_ = items; }
  void fail() noexcept { failed_ = true; }

 private:
  int begin() noexcept {
    producer_->count_inside(1);  // before the job is counted: a thread that sees the job sees this
    const int status = pool_.admit(*producer_, items_, false);
    if (status == TP_OK)
      Counters::add(producer_->counters.running, 1);
    else
      producer_->count_inside(UINT64_MAX);
    return status;
  }

  void end() noexcept {
    order::release(&pool_);
    Counters& counters = producer_->counters;
    Counters::add(counters.running, UINT64_MAX);
    const bool plain = ran_ == 1 && items_ == 1 && !failed_;
    if (!plain) {
      Counters::add(counters.items, ran_);
      Counters::add(counters.cut, items_ - ran_);
      Counters::add(counters.failed, failed_);
      Counters::add(counters.completed, 1);
    }
    Counters::Counter& over = plain ? counters.plain : counters.ended;
    light_store(over, over.load(std::memory_order_relaxed) + 1);  // own writes
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
  const std::uint32_t cancels_;  // read before the call counts
  Trace* const trace_;
  const std::size_t items_;
  Producer* producer_ = nullptr;
  Began began_;
  Tag tag_;
  bool has_name_;
  int status_;
  std::size_t ran_ = 0;
  bool failed_ = false;
};

}  // namespace tp::core
