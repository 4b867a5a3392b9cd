// SPDX-License-Identifier: MIT
// Stage 5: threads that were replaced, until joined; from worker/worker and worker/timer, to worker/workers.
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

/// A thread that was replaced may take long to end, because its thread-locals go. The pool's end waits for it. Each
/// start of a thread joins those that have ended. Thread-safe, except for the thread that a caller passes.
class Leavers {
 public:
  /// Starts a thread by create(id) in the place of thread, which may be none or the calling one: 0 or an errno.
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

  /// A thread that is about to end. Also joins the threads that have ended.
  void add(Started* thread) noexcept {
    Lock lock(mutex_);
    if (thread) {
      thread->next = first_;
      first_ = thread;
    }
    for (Started** link = &first_; Started* const leaver = *link;) {
      if (pthread_tryjoin_np(leaver->id, nullptr) == 0) {
        *link = leaver->next;
        delete leaver;
      } else {
        link = &leaver->next;
      }
    }
  }

  /// Waits until the thread has ended. A thread does not wait for itself, but detaches itself.
  static void join(Started* thread) noexcept {
    if (!thread) return;
    if (pthread_equal(thread->id, pthread_self()))
      pthread_detach(thread->id);
    else
      pthread_join(thread->id, nullptr);
    delete thread;
  }

  /// Waits for all that were replaced.
  void join_all() noexcept {
    Lock lock(mutex_);
    Started* leaver = std::exchange(first_, nullptr);
    lock.unlock();
    while (leaver) join(std::exchange(leaver, leaver->next));
  }

 private:
  Mutex mutex_;
  Started* first_ TP_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tp::core
