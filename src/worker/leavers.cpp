// SPDX-License-Identifier: MIT
// Stage 5: threads that have been replaced, until they are joined; from worker/worker and
// worker/timer, to worker/workers.
#include "worker/leavers.h"

namespace tp::core {

/// Also joins what has ended.
void Leavers::add(Started* thread) noexcept {
  Lock lock(mutex_);
  if (thread) {
    thread->next = first_;
    first_ = thread;
  }
  for (Started** link = &first_; Started* const leaver = *link;) {
    if (pthread_tryjoin_np(leaver->id, nullptr) != 0) {
      link = &leaver->next;
      continue;
    }
    *link = leaver->next;
    delete leaver;
  }
}

void Leavers::join(Started* thread) noexcept {
  if (!thread) return;
  if (pthread_equal(thread->id, pthread_self()))
    pthread_detach(thread->id);
  else
    pthread_join(thread->id, nullptr);
  delete thread;
}

void Leavers::join_all() noexcept {
  Started* leaver = nullptr;
  {
    Lock lock(mutex_);
    leaver = std::exchange(first_, nullptr);
  }
  while (leaver) join(std::exchange(leaver, leaver->next));
}

}  // namespace tp::core
