// SPDX-License-Identifier: MIT
// What the threads of one pool did while a trace was on. Stage: trace, used by all but base.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "trace/event.h"
#include "trace/file.h"
#include "trace/log.h"

namespace tp::core {

/// The traces of one pool, one at a time. Each thread keeps its events in a track of its own.
///
/// It lives as long as the pool, so a thread may keep an event at any time. An event that comes after the end of its
/// trace is dropped: a trace that ends changes the session and then takes the mutex of each track once, and a thread
/// looks at the session under that mutex. Thread-safe.
class Trace {
 public:
  /// on points to this object while a trace is on, else it is nullptr.
  explicit Trace(std::atomic<Trace*>& on) noexcept;
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// TP_OK; TP_EINVAL when a trace is on or the path can't be opened (errno says why).
  int start(const char* path, const char* name, std::size_t workers) noexcept;
  /// TP_OK; TP_EAGAIN when the file was not written (errno says why).
  int stop() noexcept;

  /// The number of the trace that is on; 0 for none.
  std::uint64_t session() const noexcept { return session_.load(); }
  /// Keeps what a rank, or the calling thread, did in the session. Owns the event's name.
  void add(std::uint64_t session, Actor actor, const Event& event) noexcept;

 private:
  int write() noexcept TP_REQUIRES(mutex_);
  Track* take_events() noexcept;
  Track* track_of(Actor actor) noexcept;

  std::atomic<Trace*>& on_;
  const std::uint64_t serial_;
  std::atomic<std::uint64_t> session_{0};
  std::atomic<std::uint64_t> untracked_{0};  // events without memory for a track
  Mutex tracks_mutex_;
  Track* tracks_ TP_GUARDED_BY(tracks_mutex_) = nullptr;
  Mutex mutex_;  // one start or stop at a time
  std::uint64_t sessions_ TP_GUARDED_BY(mutex_) = 0;
  int fd_ TP_GUARDED_BY(mutex_) = -1;
  TraceHeader header_ TP_GUARDED_BY(mutex_);
};

}  // namespace tp::core
