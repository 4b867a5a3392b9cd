// SPDX-License-Identifier: MIT
// Stage 5: where workers look for work, and who wakes them for it; from submit/*, to worker/worker.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "queue/inlet.h"
#include "result/pool_context.h"
#include "worker/board.h"
#include "worker/roster.h"
#include "worker/sleep.h"

namespace tp::core {

/// What the threads of one pool find work in. A worker looks at deferred jobs and due callbacks first, then
/// at what it has claimed itself, in turns at the lanes of the inlets and at the open jobs on the board,
/// and last at what others have claimed. Levels are described in src/README.md.
/// Thread-safe.
class WorkFinder {
 public:
  WorkFinder(PoolContext& pool, const Roster& roster) noexcept;
  ~WorkFinder();
  WorkFinder(const WorkFinder&) = delete;
  WorkFinder& operator=(const WorkFinder&) = delete;

  /// The calling thread's inlet; nullptr without memory.
  Inlet* inlet() noexcept;
  /// The one for jobs of the level.
  Inlet* inlet(Level level) noexcept {
    return level == Level::normal ? inlet() : leveled_inlet_or_new(level);
  }
  /// From now on all threads share one inlet, so that the order is exact. False without memory.
  bool share_inlet() noexcept { return (shared_inlet_ = make_inlet(true)) != nullptr; }
  // Events of the pool (result/pool_context.h).
  void open(Job& job);
  bool take_back(Job& job) noexcept;
  void defer(Job& job) noexcept;

  /// Whether there is something to do, or, in a pause, to end.
  bool has_work() noexcept;
  /// Whether a job of the level waits for a worker.
  bool waits(Level level) const noexcept;
  /// How many entries of a lane's backlog a worker claims; none in a pause.
  std::size_t share_of(std::size_t backlog) const noexcept;
  Inlet* first_inlet() const noexcept { return inlets_.load(); }
  /// What all threads share for jobs of the level, which is not normal; nullptr when there were none.
  Inlet* leveled_inlet(Level level) const noexcept { return leveled_[index_of(level)].load(); }
  Board& board() noexcept { return board_; }
  Sleep& sleep() noexcept { return sleep_; }

  /// Has a worker that has nothing to do end a job's cancel that has begun; false where there is none.
  bool hand_over(Job& job) noexcept;
  /// Ends everything unstarted with the pool's cut_status().
  void sweep();
  /// Ends a plain entry, or hands a job to its own cut.
  void cut(const Entry& entry, int status);
  /// Streams have no windows as long as a thread waits that may be the one that would read them. Counted
  /// in PoolContext::lifts.
  void lift() noexcept;

 private:
  Inlet* make_inlet(bool shared, Level level = Level::normal) noexcept;
  Inlet* leveled_inlet_or_new(Level level) noexcept;

  // what every submit reads and hardly anything writes
  alignas(kCacheLine) const std::uint64_t serial_;
  Inlet* shared_inlet_ = nullptr;
  std::atomic<Inlet*> inlets_{nullptr};
  std::atomic<Inlet*> leveled_[kLevels]{};  // written under leveling_; among inlets_, too
  PoolContext& pool_;
  const Roster& roster_;
  Mutex leveling_;
  Board board_;
  Sleep sleep_;
};

}  // namespace tp::core
