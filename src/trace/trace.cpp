// SPDX-License-Identifier: MIT
// Who keeps which event, and for how long. Stage: trace, used by all but base.
#include "trace/trace.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/clock.h"
#include "base/kept_errno.h"
#include "base/order.h"
#include "base/thread_exit.h"
#include "base/uncancelled.h"
#include "tpool/status.h"
#include "trace/file.h"

namespace tp::core {
namespace {

std::atomic<std::uint64_t> serials{0};

/// The track that the calling thread used last.
struct Last {
  std::uint64_t trace;
  int worker;
  Track* track;
};

}  // namespace

Trace::Trace() noexcept : serial_(serials.fetch_add(1) + 1) {}

Trace::~Trace() {
  for (Track* track = tracks_; track;) {
    Track* const next = track->next;
    delete track;
    track = next;
  }
  if (fd_ >= 0) close(fd_);
}

int Trace::begin(const char* path, const char* name, std::size_t workers) noexcept {
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return errno;
  fd_ = fd;
  workers_ = workers;
  std::strncpy(name_, name, sizeof name_ - 1);
  started_ = now_ns();
  untracked_.store(0);
  session_.store(++sessions_);
  return 0;
}

int Trace::end() noexcept {
  session_.store(0);
  Track* const tracks = take_tracks();
  const int written = TraceFile(*this, tracks).write();
  for (Track* track = tracks; track; track = track->next) track->ended.clear();
  const int closed = close(fd_) == 0 ? 0 : errno;
  fd_ = -1;
  return written ? written : closed;
}

/// Takes the events out, so that nobody who comes late has to wait for the file.
Track* Trace::take_tracks() noexcept {
  Lock lock(tracks_mutex_);
  for (Track* track = tracks_; track; track = track->next) {
    Lock events(track->mutex);
    const order::InTurn turn(track);
    track->ended.swap(track->log);
  }
  return tracks_;
}

void Trace::add(std::uint64_t session, int worker, const Event& event) noexcept {
  if (Track* const track = track_of(worker)) {
    Lock lock(track->mutex);
    const order::InTurn turn(track);
    if (session && session_.load() == session) return track->log.keep(event);
  } else {
    untracked_.fetch_add(1);
  }
  if (event.point == Point::submit) std::free(event.name);
}

Track* Trace::track_of(int worker) noexcept {
  auto* const last = per_thread<Last>(PerThread::track);
  if (last && last->trace == serial_ && last->worker == worker) return last->track;
  Lock lock(tracks_mutex_);
  Track* track = find(worker);
  if (!track) {
    track = new (std::nothrow) Track(worker, gettid());
    if (!track) return nullptr;
    pthread_getname_np(pthread_self(), track->name, sizeof track->name);
    track->next = tracks_;
    tracks_ = track;
  }
  if (last) *last = {serial_, worker, track};
  return track;
}

/// A worker has one track, whichever thread it is.
Track* Trace::find(int worker) noexcept {
  const pid_t thread = worker < 0 ? gettid() : 0;
  Track* track = tracks_;
  while (track && (track->worker != worker || (worker < 0 && track->thread != thread)))
    track = track->next;
  return track;
}

Tracer::~Tracer() { delete trace_; }

int Tracer::start(const char* path, const char* name, std::size_t workers) noexcept {
  const Uncancelled whole;
  Lock lock(mutex_);
  if (on_.load()) return TP_EINVAL;
  if (!trace_ && !(trace_ = new (std::nothrow) Trace)) return TP_ENOMEM;
  const int error = [&, trace = trace_] {
    const KeptErrno errno_stays;
    return trace->begin(path, name, workers);
  }();
  if (error)
    errno = error;
  else
    on_.store(trace_);
  return error ? TP_EINVAL : TP_OK;
}

int Tracer::stop() noexcept {
  const Uncancelled whole;
  Lock lock(mutex_);
  if (!on_.load()) return TP_OK;
  on_.store(nullptr);
  const int error = [trace = trace_] {
    const KeptErrno errno_stays;
    return trace->end();
  }();
  if (error) errno = error;
  return error ? TP_EAGAIN : TP_OK;
}

}  // namespace tp::core
