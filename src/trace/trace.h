// SPDX-License-Identifier: MIT
// What the threads of one pool did while a trace was on. Stage: trace, used by all but base.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/mutex.h"
#include "trace/event.h"
#include "trace/track.h"

namespace tp::core {

/// Made for the first trace of a pool and there as long as the pool, so that a thread that was about
/// to keep an event may come at any time: what comes after the end of its trace is dropped. Events are
/// kept by the thread; a trace that ends takes each track's mutex once after it has changed the
/// session, which is looked at under that mutex.
/// Thread-safe but where noted.
class Trace {
 public:
  Trace() noexcept;
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Makes the file: 0 or an errno. Not thread-safe with end.
  int begin(const char* path, const char* name, std::size_t workers) noexcept;
  /// Writes it: 0 or an errno. REQUIRES: begin.
  int end() noexcept;

  /// The number of the trace that is on; 0 for none.
  std::uint64_t session() const noexcept { return session_.load(); }
  /// Keeps what the calling thread, a worker or -1, did in the session. Owns the event's name.
  void add(std::uint64_t session, int worker, const Event& event) noexcept;

 private:
  friend class TraceFile;

  Track* take_tracks() noexcept;
  Track* track_of(int worker) noexcept;
  Track* find(int worker) noexcept TP_REQUIRES(tracks_mutex_);

  const std::uint64_t serial_;
  std::atomic<std::uint64_t> session_{0};
  std::atomic<std::uint64_t> untracked_{0};  // events without memory for a track
  Mutex tracks_mutex_;
  Track* tracks_ TP_GUARDED_BY(tracks_mutex_) = nullptr;
  // of the session
  std::uint64_t sessions_ = 0;
  int fd_ = -1;
  std::uint64_t started_ = 0;
  std::size_t workers_ = 0;
  char name_[16] = {};
};

/// Starts and stops the traces of one pool.
class Tracer {
 public:
  /// on points to the trace that is on.
  explicit Tracer(std::atomic<Trace*>& on) noexcept : on_(on) {}
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// TP_OK; TP_EINVAL when one is on or path can't be opened; TP_ENOMEM.
  int start(const char* path, const char* name, std::size_t workers) noexcept;
  /// TP_OK; TP_EAGAIN when the file was not written.
  int stop() noexcept;

 private:
  std::atomic<Trace*>& on_;
  Mutex mutex_;
  Trace* trace_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
