// SPDX-License-Identifier: MIT
// Stage 5: what all threads of a pool have counted, together; from worker/pool, to tp_pool_stats.
#pragma once

#include <cstdint>

#include "worker/roster.h"
#include "worker/work_finder.h"

namespace tp::core {

/// Sums over the tallies of workers, of inlets, and of all other threads. drained() is exact for the moment between
/// its two sums: both only grow with accepted jobs, and it reads the smaller one first. Thread-safe.
class Totals {
 public:
  Totals(const Tally& others, const WorkFinder& finder, const Roster& roster) noexcept
      : others_(others), finder_(finder), roster_(roster) {}

  std::uint64_t of(Tally::Counter Tally::*counter) const noexcept;
  std::uint64_t of(Tally::Counter Inlet::*counter) const noexcept;
  std::uint64_t accepted() const noexcept { return of(&Inlet::admitted); }
  /// Workers that run something.
  std::uint64_t busy() const noexcept;

  /// Whether all accepted jobs are over, except for but of them that are known not to be.
  bool drained(std::uint64_t but = 0) const noexcept;
  /// As drained(), but waits for jobs that are ready and that their threads are about to count as over.
  bool idles() const noexcept;

 private:
  const Tally& others_;
  const WorkFinder& finder_;
  const Roster& roster_;
};

}  // namespace tp::core
