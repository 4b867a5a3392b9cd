// SPDX-License-Identifier: MIT
// Stage 5: threads that have been replaced, until they are joined; from worker/worker and
// worker/timer, to worker/workers.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <new>
#include <utility>

#include "base/mutex.h"

namespace tp::core {

/// A thread of a pool, from before it is started until it has been joined.
struct Started {
  pthread_t id{};
  Started* next = nullptr;
};

/// A thread that another one has replaced may be on its way out for long: its thread-locals go. The
/// pool's end waits for it. Those that have ended are joined whenever a thread is started, so that no
/// more are kept than are still on their way.
/// Thread-safe, but for the thread that is given: that is the starter's.
class Leavers {
 public:
  Leavers() noexcept = default;
  Leavers(const Leavers&) = delete;
  Leavers& operator=(const Leavers&) = delete;

  /// Starts a thread by create(id) in place of the one that there was, if any, which may be the calling
  /// one: 0 or an errno. From then on, thread is the new one's.
  template <class Create>
  int replace(Started*& thread, Create create) noexcept {
    auto* const fresh = new (std::nothrow) Started;
    if (!fresh) return ENOMEM;
    add(std::exchange(thread, fresh));  // first: the new one may be replaced at once
    const int rc = create(fresh->id);
    if (rc == 0) return 0;
    thread = nullptr;
    delete fresh;
    return rc;
  }

  /// Waits until it has ended; a thread that would wait for itself lets go of itself.
  static void join(Started* thread) noexcept;
  /// Waits for all that were replaced.
  void join_all() noexcept;

 private:
  void add(Started* thread) noexcept;

  Mutex mutex_;
  Started* first_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
