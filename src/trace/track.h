// SPDX-License-Identifier: MIT
// Where one thread keeps its events. Stage: trace, used by all but base.
#pragma once

#include <sys/types.h>

#include "base/mutex.h"
#include "trace/log.h"

namespace tp::core {

/// A worker's, whichever thread that is, or that of another thread.
struct Track {
  Track(int index, pid_t id) noexcept : worker(index), thread(id) {}

  const int worker;    // its index; -1: the thread is not of the pool
  const pid_t thread;  // that was the first of them
  char name[16] = {};
  Track* next = nullptr;  // constant once published
  Mutex mutex;            // which nobody but the thread takes while a trace is on
  Log log TP_GUARDED_BY(mutex);
  Log ended;  // what was kept until the end of a trace; that of Trace::end
};

}  // namespace tp::core
