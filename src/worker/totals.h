// SPDX-License-Identifier: MIT
// Stage 5: what all threads of a pool have counted, together; from worker/pool, to tp_pool_stats.
#pragma once

#include <cstdint>

#include "worker/roster.h"
#include "worker/work_finder.h"

namespace tp::core {

/// Sums over the tallies of workers and inlets, and that of all other threads. Sums are exact where what
/// they count only grows: drained is, at the moment between its two sums, because both only grow with
/// accepted jobs and the smaller one is read first. Thread-safe.
class Totals {
 public:
  Totals(const Tally& others, const WorkFinder& finder, const Roster& roster) noexcept
      : others_(others), finder_(finder), roster_(roster) {}

  std::uint64_t of(Tally::Counter Tally::*counter) const noexcept;
  std::uint64_t of(Tally::Counter Inlet::*counter) const noexcept;
  std::uint64_t accepted() const noexcept { return of(&Inlet::admitted); }
  /// Workers that run something.
  std::uint64_t busy() const noexcept;

  /// Whether every accepted job is over, but for so many that are known not to be.
  bool drained(std::uint64_t but = 0) const noexcept;
  /// Whether every job is over, for whoever may have seen that one is ready.
  bool idles() const noexcept;

 private:
  const Tally& others_;
  const WorkFinder& finder_;
  const Roster& roster_;
};

}  // namespace tp::core
