// SPDX-License-Identifier: MIT
// Marks for traces and probes: what the calling thread does. Stage: trace, used by all but base.
#pragma once

#include "trace/probe.h"
#include "trace/trace.h"

namespace tp::core {

/// A pool's address, and its trace while that is on, else nullptr. The trace lives as long as the pool.
struct TracedPool {
  const void* pool;
  Trace* trace;
};

/// What is known of an event from the beginning.
struct Tag {
  Point point;
  JobKind kind;
};

// REQUIRES for these five: a trace is on.
Began begin_event(TracedPool at) noexcept;
/// Keeps an event of the calling thread. Returns when it ended: the next may begin there. Takes values,
/// so that the caller stores nothing while no trace is on.
std::uint64_t keep_event(TracedPool at, Began began, const void* job, std::size_t first,
                         std::size_t last, Tag tag) noexcept;
/// The same of a rank, which had the items in the meantime.
void keep_event_of_rank(TracedPool at, int rank, Began began, const void* job, std::size_t first,
                        std::size_t last, Tag tag) noexcept;
void keep_submit(TracedPool at, const void* job, JobKind kind, const char* name) noexcept;
void keep_moment(TracedPool at, Point point, const void* job) noexcept;

/// Marks what the calling thread does until the scope ends, in whatever way. While no trace is on, this
/// reads one word; it is inlined, so that nothing is stored. REQUIRES: the pool lives until then.
template <Point kPoint>
class Traced {
 public:
  /// Only the address of the job is used.
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

  bool is_on() const noexcept { return at_.trace; }
  /// For items that are known only later.
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

/// Marks small tasks that follow each other: a lap ends one, and the next begins there.
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

/// The job is accepted, and no other thread can find it yet. Copies the name if a trace is on.
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

/// The calling thread took work from another thread's share.
inline void mark_steal(TracedPool at) noexcept {
  TP_PROBE(steal, at.pool, 0, 0, 0);
  if (at.trace) [[unlikely]]
    keep_moment(at, Point::steal, nullptr);
}

}  // namespace tp::core
