// SPDX-License-Identifier: MIT
// Where one thread keeps its events. Stage: trace, used by all but base.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

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

  /// Keeps the event and its name. If the log is full, or there is no memory, it only counts the event
  /// as lost.
  void keep(const Event& event) noexcept;
  void swap(Log& other) noexcept;
  void clear() noexcept;
  std::size_t count() const noexcept { return count_; }
  std::uint64_t lost() const noexcept { return lost_; }

  /// Calls see(event) for each.
  template <class See>
  void each(See see) const {
    std::size_t left = count_;
    for (const Block* block = first_; block; block = block->next)
      for (std::size_t i = 0; i < kBlock && left; ++i, --left) see(block->events[i]);
  }

 private:
  static constexpr std::size_t kBlock = 1000;
  struct Block {
    Event events[kBlock];
    Block* next;
  };

  bool grow() noexcept;

  Block* first_ = nullptr;
  Block* last_ = nullptr;
  std::size_t count_ = 0;
  std::uint64_t lost_ = 0;
};

/// The events of a worker, whichever thread that is, or of another thread.
struct Track {
  Track(int index, pid_t id) noexcept : worker(index), thread(id) {}

  const int worker;    // its index; -1: the thread is not of the pool
  const pid_t thread;  // the first that wrote here
  char name[16] = {};
  Track* next = nullptr;  // constant once published
  Mutex mutex;            // while a trace is on, only the thread itself takes it
  Log log TP_GUARDED_BY(mutex);
  Log ended;  // the events of the trace that Trace::end writes
};

}  // namespace tp::core
