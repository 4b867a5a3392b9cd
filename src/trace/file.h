// SPDX-License-Identifier: MIT
// A trace as a file in the Chrome trace event format. Stage: trace, used by all but base.
#pragma once

#include "trace/jobs.h"
#include "trace/sink.h"
#include "trace/trace.h"

namespace tp::core {

/// Of what has ended in the tracks. Not thread-safe.
class TraceFile {
 public:
  TraceFile(const Trace& trace, const Track* tracks) noexcept;
  /// 0 or an errno.
  int write() noexcept;

 private:
  void write_head() noexcept;
  void write_lane(std::size_t lane, const char* name, const char* suffix) noexcept;
  void write_lanes() noexcept;
  void write_event(std::size_t lane, const Event& event) noexcept;
  void write_mark(std::size_t lane, const Event& event, const TracedJobs::Job* job) noexcept;
  void write_span(std::size_t lane, const Event& event, const TracedJobs::Job* job) noexcept;
  void write_args(const Event& event, const TracedJobs::Job* job) noexcept;
  void write_name(const Event& event, const TracedJobs::Job* job) noexcept;
  void open(const char* phase, std::size_t lane) noexcept;
  void write_time(const char* key, std::uint64_t ns) noexcept;

  const Trace& trace_;
  const Track* const tracks_;
  Sink sink_;
  TracedJobs jobs_;
  const int process_;
  bool is_first_ = true;
};

}  // namespace tp::core
