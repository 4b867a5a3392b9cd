// SPDX-License-Identifier: MIT
// Stage 5: what all threads of a pool have counted, together; from worker/pool, to tp_pool_stats.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "queue/spawned.h"
#include "worker/work_finder.h"
#include "worker/worker_table.h"

namespace tp::core {

/// Sums over the counters of workers, of producers, and of all other threads. drained() is exact for the moment between
/// its two sums: both only grow with accepted jobs, and it reads the smaller one first. Thread-safe.
class Totals {
 public:
  Totals(const Counters& others, const WorkFinder& finder, const WorkerTable& table) noexcept
      : others_(others), finder_(finder), table_(table) {}

  std::uint64_t of(Counters::Counter Counters::*counter) const noexcept;
  std::uint64_t of(Counters::Counter Producer::*counter) const noexcept;
  std::uint64_t of(Counters::Counter Spawner::*counter) const noexcept;
  std::uint64_t accepted() const noexcept { return of(&Producer::admitted); }
  /// Workers that run something.
  std::uint64_t busy() const noexcept;

  /// Accepted jobs that are not counted as completed, and take room; too many rather than too few.
  std::size_t pending(const std::atomic<std::size_t>& roomless) const noexcept;
  /// Whether all accepted jobs are over, except for but of them that are known not to be.
  bool drained(std::uint64_t but = 0) const noexcept;
  /// As drained(), but waits for jobs that are ready and that their threads are about to count as over.
  bool idles() const noexcept;

 private:
  const Counters& others_;
  const WorkFinder& finder_;
  const WorkerTable& table_;
};

}  // namespace tp::core
