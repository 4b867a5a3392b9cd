// SPDX-License-Identifier: MIT
// What a thread is seen to do, by traces and by probes. Stage: trace, used by all but base.
#pragma once

#include "trace/probe.h"
#include "trace/trace.h"

namespace tp::core {

/// Where a thread does something: a pool, by its address, and the trace that is on there, or nullptr.
/// That trace is there as long as the pool.
struct TracedPool {
  const void* pool;
  Trace* trace;
};

/// When something began, and in which session of its trace.
struct Began {
  std::uint64_t at, session;
};
/// What is known of it from the beginning.
struct Tag {
  Point point;
  JobKind kind;
};

// REQUIRES of these: a trace is on.

Began begin_event(TracedPool at) noexcept;
/// Keeps an event, as the calling thread's; the next may begin where it ends. By value, so that
/// nothing has to be stored while no trace is on.
std::uint64_t keep_event(TracedPool at, Began began, const void* job, std::size_t first,
                         std::size_t last, Tag tag) noexcept;

void keep_submit(TracedPool at, const void* job, JobKind kind, const char* name) noexcept;
void keep_moment(TracedPool at, Point point, const void* job) noexcept;

/// What the calling thread does from here to the end of the scope, whichever way that is left. While
/// no trace is on it is one look at a word: all is inlined, so that nothing is stored. REQUIRES: the
/// pool is there until then.
template <Point kPoint>
class Traced {
 public:
  /// job is only looked at as an address.
  [[gnu::always_inline]] Traced(TracedPool at, const void* job, JobKind kind, std::size_t first = 0,
                                std::size_t last = 0) noexcept
      : at_(at), job_(job), kind_(kind), first_(first), last_(last) {
    probe_begin<kPoint>(at.pool, job, first, last);
    if (at.trace) [[unlikely]]
      began_ = begin_event(at);
  }
  [[gnu::always_inline]] ~Traced() {
    probe_end<kPoint>(at_.pool, job_);
    if (at_.trace) [[unlikely]]
      keep_event(at_, began_, job_, first_, last_, {kPoint, kind_});
  }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  /// Whether a trace is on, for what is dear to tell.
  bool is_on() const noexcept { return at_.trace; }
  /// Its items, where they are known later.
  void set_range(std::size_t first, std::size_t last) noexcept {
    first_ = first;
    last_ = last;
  }

 private:
  const TracedPool at_;
  const void* const job_;
  const JobKind kind_;
  std::size_t first_, last_;
  Began began_;
};

/// Small tasks that follow each other: each ends with a lap, and the next begins there.
class Laps {
 public:
  explicit Laps(TracedPool at) noexcept : at_(at) {
    if (at.trace) [[unlikely]]
      began_ = begin_event(at);
  }
  Laps(const Laps&) = delete;
  Laps& operator=(const Laps&) = delete;

  bool is_on() const noexcept { return at_.trace; }
  /// REQUIRES: is_on().
  void lap() noexcept {
    began_.at = keep_event(at_, began_, nullptr, 0, 1, {Point::task, JobKind::apply});
  }

 private:
  const TracedPool at_;
  Began began_;
};

/// The job is accepted, and not yet to be found by others. Copies the name, if a trace is on.
inline void mark_submit(TracedPool at, const void* job, JobKind kind, const char* name) noexcept {
  TP_PROBE(job_submit, at.pool, job, static_cast<int>(kind), name);
  if (at.trace) [[unlikely]]
    keep_submit(at, job, kind, name);
}

/// The job is about to be ready.
inline void mark_end(TracedPool at, const void* job, const void* error) noexcept {
  TP_PROBE(job_end, at.pool, job, error, 0);
  if (at.trace) [[unlikely]]
    keep_moment(at, Point::end, job);
}

/// The calling thread took work from another's share.
inline void mark_steal(TracedPool at) noexcept {
  TP_PROBE(steal, at.pool, 0, 0, 0);
  if (at.trace) [[unlikely]]
    keep_moment(at, Point::steal, nullptr);
}

}  // namespace tp::core
