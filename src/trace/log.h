// SPDX-License-Identifier: MIT
// Where one thread keeps its events. Stage: trace, used by all but base.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/mutex.h"
#include "trace/event.h"

namespace tp::core {

/// Events in the order in which they ended, in blocks: to keep one moves no other. Not thread-safe.
class Log {
 public:
  static constexpr std::size_t kMost = 1'000'000;

  Log() noexcept = default;
  ~Log() { clear(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Keeps the event and its name. If the log is full, or there is no memory, it only counts the event as lost.
  void keep(const Event& event) noexcept;
  void swap(Log& other) noexcept { std::swap(kept_, other.kept_); }
  void clear() noexcept;
  std::size_t count() const noexcept { return kept_.count; }
  std::uint64_t lost() const noexcept { return kept_.lost; }

  /// Calls see(event) for each.
  template <class See>
  void each(See see) const {
    std::size_t left = kept_.count;
    for (const Block* block = kept_.first; block; block = block->next)
      for (std::size_t i = 0; i < kBlock && left; ++i, --left) see(block->events[i]);
  }

 private:
  static constexpr std::size_t kBlock = 1000;
  struct Block {
    Event events[kBlock];
    Block* next;
  };

  struct Kept {
    Block* first = nullptr;
    Block* last = nullptr;
    std::size_t count = 0;
    std::uint64_t lost = 0;
  };

  bool grow() noexcept;

  Kept kept_;
};

/// The events of a worker or a rank, whichever thread writes them, or of another thread.
struct Track {
  Track(Actor who, pid_t id) noexcept : actor(who), thread(id) {}

  const Actor actor;
  const pid_t thread;  // the first that wrote here
  char name[16] = {};
  Track* next = nullptr;  // constant once published
  Mutex mutex;            // while a trace is on, only threads that write here take it
  Log log TP_GUARDED_BY(mutex);
  Log ended;  // the events of the trace that Trace::end writes
};

}  // namespace tp::core
