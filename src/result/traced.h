// SPDX-License-Identifier: MIT
// Stage 6: what a thread is seen to do, by traces and by probes; from all rooms, to trace/trace.
#pragma once

#include "result/pool_context.h"
#include "trace/probe.h"
#include "trace/trace.h"

namespace tp::core {

/// When something began, and in which session of its trace.
struct Began {
  std::uint64_t at, session;
};
/// What is known of it from the beginning.
struct Tag {
  Point point;
  JobKind kind;
};

Began begin_event(const Trace& trace) noexcept;
/// Keeps an event, as the calling thread's; the next may begin where it ends. By value, so that
/// nothing has to be stored while no trace is on.
std::uint64_t keep_event(Trace& trace, const PoolContext& owner, Began began, const void* job,
                         std::size_t first, std::size_t last, Tag tag) noexcept;

/// What the calling thread does from here to the end of the scope, whichever way that is left. While
/// no trace is on it is one look at a word: all is inlined, so that nothing is stored. REQUIRES: the
/// owner is there until then.
template <Point kPoint>
class Traced {
 public:
  /// job is only looked at as an address.
  [[gnu::always_inline]] Traced(const PoolContext& owner, const void* job, JobKind kind,
                                std::size_t first = 0, std::size_t last = 0) noexcept
      : owner_(&owner), job_(job), trace_(owner.trace()), kind_(kind), first_(first), last_(last) {
    probe_begin<kPoint>(&owner, job, first, last);
    if (trace_) [[unlikely]]
      began_ = begin_event(*trace_);
  }
  [[gnu::always_inline]] ~Traced() {
    probe_end<kPoint>(owner_, job_);
    if (trace_) [[unlikely]]
      keep_event(*trace_, *owner_, began_, job_, first_, last_, {kPoint, kind_});
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  /// Whether a trace is on, for what is dear to tell.
  bool is_on() const noexcept { return trace_; }
  /// Its items, where they are known later.
  void set_range(std::size_t first, std::size_t last) noexcept {
    first_ = first;
    last_ = last;
  }

 private:
  const PoolContext* const owner_;
  const void* const job_;
  Trace* const trace_;
  const JobKind kind_;
  std::size_t first_, last_;
  Began began_;
};

/// Small tasks that follow each other: each ends with a lap, and the next begins there.
class Laps {
 public:
  explicit Laps(const PoolContext& owner) noexcept : owner_(owner), trace_(owner.trace()) {
    if (trace_) [[unlikely]]
      began_ = begin_event(*trace_);
  }
  Laps(const Laps&) = delete;
  Laps& operator=(const Laps&) = delete;

  bool is_on() const noexcept { return trace_; }
  /// REQUIRES: is_on().
  void lap() noexcept {
    began_.at = keep_event(*trace_, owner_, began_, nullptr, 0, 1, {Point::task, JobKind::apply});
  }

 private:
  const PoolContext& owner_;
  Trace* const trace_;
  Began began_;
};

void keep_submit(Trace& trace, const PoolContext& owner, const void* job, JobKind kind,
                 const char* name) noexcept;
void keep_moment(Trace& trace, const PoolContext& owner, Point point, const void* job) noexcept;

/// The job is accepted, and not yet to be found by others. Copies the name, if a trace is on.
inline void mark_submit(const PoolContext& owner, const void* job, JobKind kind,
                        const char* name) noexcept {
  TP_PROBE(job_submit, &owner, job, static_cast<int>(kind), name);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_submit(*trace, owner, job, kind, name);
}

/// The job is about to be ready.
inline void mark_end(const PoolContext& owner, const void* job, const void* error) noexcept {
  TP_PROBE(job_end, &owner, job, error, 0);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_moment(*trace, owner, Point::end, job);
}

/// The calling thread took work from another's share.
inline void count_steal(PoolContext& owner) noexcept {
  owner.bump(&Tally::steals, 1);
  TP_PROBE(steal, &owner, 0, 0, 0);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_moment(*trace, owner, Point::steal, nullptr);
}

}  // namespace tp::core
