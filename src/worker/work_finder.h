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

/// Where the threads of one pool find work. A worker looks first at deferred jobs and due callbacks, then at what
/// it has claimed itself, in turns at the lanes of the inlets and the open jobs on the board, and last at what others
/// have claimed. src/README.md describes levels. Thread-safe.
class WorkFinder {
 public:
  WorkFinder(PoolContext& pool, const Roster& roster) noexcept;
  ~WorkFinder();

  /// The calling thread's inlet; nullptr without memory.
  Inlet* inlet() noexcept;
  /// Its inlet for jobs of the level.
  Inlet* inlet(Level level) noexcept {
    return level == Level::normal ? inlet() : leveled_inlet_or_new(level);
  }
  /// Has all threads share one inlet, for an exact order. False without memory.
  bool share_inlet() noexcept { return (shared_inlet_ = make_inlet(true)) != nullptr; }
  // Events of the pool (result/pool_context.h).
  void open(Job& job);
  bool take_back(Job& job) noexcept;
  void defer(Job& job) noexcept;

  /// Whether there is something to do; in a pause, something to end.
  bool has_work() noexcept;
  /// Whether a job of the level waits for a worker.
  bool waits(Level level) const noexcept;
  /// How many entries of a lane's backlog a worker claims; none in a pause.
  std::size_t share_of(std::size_t backlog) const noexcept {
    if (pool_.signs().is_paused()) return 0;
    const std::size_t workers = pool_.worker_count();  // read once: resize may change it
    return (backlog + workers - 1) / workers;
  }
  Inlet* first_inlet() const noexcept { return inlets_.load(); }
  /// The inlet that all threads share for jobs of a level other than normal; nullptr before the first such job.
  Inlet* leveled_inlet(Level level) const noexcept { return leveled_[index_of(level)].load(); }
  Board& board() noexcept { return board_; }
  Sleep& sleep() noexcept { return sleep_; }

  /// Has an idle worker end the cancel of a job; false when no worker is idle.
  bool hand_over(Job& job) noexcept;
  /// Cuts everything unstarted with the pool's cut_status().
  void sweep();
  /// Cuts an entry's job, or its small task.
  void cut(const Entry& entry, int status);
  /// Lifts the windows of all streams while a thread waits that may be their reader; counted in PoolContext::lifts.
  void lift() noexcept {
    pool_.lifts().fetch_add(
        1);  // a stream that is not on the board yet reads this when it gets there
    noise("finder.lift");
    if (board_.open_streams()) sleep_.notify();
  }

 private:
  Inlet* make_inlet(bool shared, Level level = Level::normal) noexcept;
  Inlet* leveled_inlet_or_new(Level level) noexcept;

  // what every submit reads and few threads write
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
