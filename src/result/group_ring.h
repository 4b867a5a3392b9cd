// SPDX-License-Identifier: MIT
// Stage 6: the groups of a pool that have something to start, in turn; from result/group, to result/pool_context.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/mutex.h"

namespace tp::core {

class Group;
class Job;
class PoolContext;
enum class Priority : std::uint8_t;

/// A ring for each priority, in which each group has one place, as long as it has something to start there. The jobs
/// without a group have a place, too: behind the groups that were in the ring when they last had their turn. A group
/// that has nothing to start when its turn comes loses its place. Its mutex guards all groups of the pool. Thread-safe.
class GroupRing {
 public:
  explicit GroupRing(PoolContext& pool) noexcept : pool_(pool) {}

  /// Whether groups of the priority have something to start.
  bool any(Priority priority) const noexcept { return count(priority) != 0; }
  std::size_t count(Priority priority) const noexcept { return ring(priority).count.load(); }
  /// Starts a job of the next group for the calling worker: with a reference. nullptr when there is none, in a pause of
  /// the pool, and when it is the turn of the jobs without a group, unless these have nothing to start.
  Job* take(Priority priority, bool others_have_none) noexcept;
  /// No group pauses from here on.
  void resume_all() noexcept;
  /// The pool is over: frees the groups that nobody has any more, but that still had a place.
  void clear() noexcept;

 private:
  friend class Group;
  struct Ring {
    Group* last = nullptr;  // its next is the first
    std::size_t before_others = 0;
    std::atomic<std::size_t> count{0};
  };

  Ring& ring(Priority priority) noexcept { return rings_[static_cast<std::size_t>(priority)]; }
  const Ring& ring(Priority priority) const noexcept {
    return rings_[static_cast<std::size_t>(priority)];
  }
  void put(Group& group, Priority priority) noexcept TP_REQUIRES(mutex_);
  Group& pop(Priority priority) noexcept TP_REQUIRES(mutex_);
  void note_pause(Group& group) noexcept TP_REQUIRES(mutex_);
  void forget_pause(Group& group) noexcept TP_REQUIRES(mutex_);
  /// Whether the group, which nobody has any more, has a place. Then the thread that takes its last one frees it.
  bool inherits(Group& group) noexcept;
  static bool has_place(const Group& group) noexcept;
  /// A group that has lost a place: adds it to those that are to be freed if it was the last one.
  static void bury(Group& group, Group*& dead) noexcept;
  static void free_all(Group* dead) noexcept;

  PoolContext& pool_;
  Mutex mutex_;
  Ring rings_[3];
  Group* paused_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
