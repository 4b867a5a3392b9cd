// SPDX-License-Identifier: MIT
// Stage 6: what a thread is seen to do, by traces and by probes; from all rooms, to trace/trace.
#pragma once

#include "result/owner.h"
#include "trace/probe.h"
#include "trace/trace.h"

namespace tp::core {

/// An event that is not over, and the session of the trace that it is for.
struct Record {
  std::uint64_t session;
  Event event;

  void begin(const Trace& trace, const void* job, Point point, JobKind kind, std::size_t first,
             std::size_t last) noexcept;
  /// Keeps it, as the calling thread's; the next begins where it ends.
  void end(Trace& trace, const Owner& owner) noexcept;
};

/// What the calling thread does from here to stop, or to the end of the scope, whichever way that is
/// left. While no trace is on it is one look at a word. REQUIRES: the owner is there until then.
template <Point kPoint>
class Traced {
 public:
  /// Of no owner is nothing seen. job is only looked at as an address.
  Traced(const Owner* owner, const void* job, JobKind kind, std::size_t first = 0,
         std::size_t last = 0) noexcept
      : owner_(owner), job_(job), trace_(owner ? owner->trace() : nullptr) {
    probe_begin<kPoint>(owner, job, first, last);
    if (trace_) [[unlikely]]
      record_.begin(*trace_, job, kPoint, kind, first, last);
  }
  ~Traced() { stop(); }
  Traced(const Traced&) = delete;
  Traced& operator=(const Traced&) = delete;

  void stop() noexcept {
    if (over_) return;
    over_ = true;
    probe_end<kPoint>(owner_, job_);
    if (trace_) [[unlikely]]
      record_.end(*trace_, *owner_);
  }
  /// The same, with the end of the range that was reached.
  void stop(std::size_t last) noexcept {
    if (trace_) [[unlikely]]
      record_.event.last = last;
    stop();
  }

 private:
  const Owner* const owner_;
  const void* const job_;
  Trace* const trace_;
  bool over_ = false;
  Record record_;
};

/// Small tasks that follow each other: each ends with a lap, and the next begins there.
class Laps {
 public:
  explicit Laps(const Owner& owner) noexcept : owner_(owner), trace_(owner.trace()) {
    if (trace_) [[unlikely]]
      record_.begin(*trace_, nullptr, Point::task, JobKind::apply, 0, 1);
  }
  Laps(const Laps&) = delete;
  Laps& operator=(const Laps&) = delete;

  void start() const noexcept { probe_begin<Point::task>(&owner_, nullptr, 0, 1); }
  void lap() noexcept {
    probe_end<Point::task>(&owner_, nullptr);
    if (trace_) [[unlikely]]
      record_.end(*trace_, owner_);
  }

 private:
  const Owner& owner_;
  Trace* const trace_;
  Record record_;
};

void keep_submit(Trace& trace, const Owner& owner, const void* job, JobKind kind,
                 const char* name) noexcept;
void keep_moment(Trace& trace, const Owner& owner, Point point, const void* job) noexcept;

/// The job is accepted, and not yet to be found by others. Copies the name, if a trace is on.
inline void mark_submit(const Owner& owner, const void* job, JobKind kind,
                        const char* name) noexcept {
  TP_PROBE(job_submit, &owner, job, static_cast<int>(kind), name);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_submit(*trace, owner, job, kind, name);
}

/// The job is about to be ready.
inline void mark_end(const Owner& owner, const void* job, int status) noexcept {
  TP_PROBE(job_end, &owner, job, status, 0);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_moment(*trace, owner, Point::end, job);
}

/// The calling thread took work from another's share.
inline void mark_steal(const Owner& owner) noexcept {
  TP_PROBE(steal, &owner, 0, 0, 0);
  if (Trace* const trace = owner.trace()) [[unlikely]]
    keep_moment(*trace, owner, Point::steal, nullptr);
}

}  // namespace tp::core
