// SPDX-License-Identifier: MIT
// Which job an event belongs to, once all events are there. Stage: trace, used by all but base.
#pragma once

#include <cstddef>

#include "trace/event.h"

namespace tp::core {

/// The jobs that were submitted during a trace, numbered from 1 in that order. An event knows its job
/// by address, and an address belongs to the job that was last submitted there before the event began.
/// Not thread-safe.
class TracedJobs {
 public:
  struct Job {
    const Event* submit;
    std::size_t number;
  };

  /// Makes room for so many; without memory, no job is known.
  explicit TracedJobs(std::size_t most) noexcept;
  ~TracedJobs();
  TracedJobs(const TracedJobs&) = delete;
  TracedJobs& operator=(const TracedJobs&) = delete;

  void add(const Event& submit) noexcept;
  /// REQUIRED between the last add and the first find.
  void sort() noexcept;
  /// The job of an event; nullptr when it was submitted before the trace, or is not known.
  const Job* find(const Event& event) const noexcept;

 private:
  Job* const jobs_;
  const std::size_t most_;
  std::size_t count_ = 0;
};

}  // namespace tp::core
