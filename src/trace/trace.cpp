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
#include "base/order.h"
#include "base/scope_guards.h"
#include "base/thread_exit.h"
#include "tpool/status.h"

namespace tp::core {
namespace {

std::atomic<std::uint64_t> traces{0};

/// The track that the calling thread used last.
struct Last {
  std::uint64_t trace;
  Actor actor;
  Track* track;
};

}  // namespace

Trace::Trace(std::atomic<Trace*>& on) noexcept : on_(on), serial_(traces.fetch_add(1) + 1) {}

Trace::~Trace() {
  while (Track* const track = tracks_) {
    tracks_ = track->next;
    delete track;
  }
  if (fd_ >= 0) close(fd_);
}

int Trace::start(const char* path, const char* name, std::size_t workers) noexcept {
  const Uncancelled whole;
  Lock lock(mutex_);
  if (on_.load()) return TP_EINVAL;
  const int callers_errno = errno;
  const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return TP_EINVAL;
  errno = callers_errno;
  fd_ = fd;
  header_.workers = workers;
  std::strncpy(header_.name, name, sizeof header_.name - 1);
  header_.started = now_ns();
  untracked_.store(0);
  session_.store(++sessions_);
  on_.store(this);
  return TP_OK;
}

int Trace::stop() noexcept {
  const Uncancelled whole;
  Lock lock(mutex_);
  if (!on_.load()) return TP_OK;
  on_.store(nullptr);
  const int callers_errno = errno;
  const int error = write();
  errno = error ? error : callers_errno;
  return error ? TP_EAGAIN : TP_OK;
}

/// Ends the session and writes its file: 0 or an errno.
int Trace::write() noexcept {
  session_.store(0);
  Track* const tracks = take_events();
  header_.untracked = untracked_.load();
  const int written = write_trace(fd_, header_, tracks);
  for (Track* track = tracks; track; track = track->next) track->ended.clear();
  const int closed = close(fd_) == 0 ? 0 : errno;
  fd_ = -1;
  return written ? written : closed;
}

/// Takes the events out of the logs, so that no thread that still adds one waits for the file.
Track* Trace::take_events() noexcept {
  Lock lock(tracks_mutex_);
  for (Track* track = tracks_; track; track = track->next) {
    Lock events(track->mutex);
    const order::InTurn turn(track);
    track->ended.swap(track->log);
  }
  return tracks_;
}

void Trace::add(std::uint64_t session, Actor actor, const Event& event) noexcept {
  if (Track* const track = track_of(actor)) {
    Lock lock(track->mutex);
    const order::InTurn turn(track);
    if (session && session_.load() == session) return track->log.keep(event);
  } else {
    untracked_.fetch_add(1);
  }
  if (event.point == Point::submit) std::free(event.name);
}

/// A worker or a rank has one track, whichever thread this is. Any other thread has one, too.
Track* Trace::track_of(Actor actor) noexcept {
  auto* const last = per_thread<Last>(PerThread::track);
  if (last && last->trace == serial_ && last->actor == actor) return last->track;
  const pid_t thread = gettid();
  Lock lock(tracks_mutex_);
  Track* track = tracks_;
  while (track &&
         (track->actor != actor || (actor.kind == Actor::other && track->thread != thread)))
    track = track->next;
  if (!track) {
    track = new (std::nothrow) Track(actor, thread);
    if (!track) return nullptr;
    pthread_getname_np(pthread_self(), track->name, sizeof track->name);
    track->next = tracks_;
    tracks_ = track;
  }
  if (last) *last = {serial_, actor, track};
  return track;
}

}  // namespace tp::core
