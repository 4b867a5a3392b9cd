// SPDX-License-Identifier: MIT
// What the library knows of the calling thread. Stage: base, used by all.
#pragma once

#include "base/platform.h"

namespace tp::core {

struct Hands;
class PoolContext;
class Parker;

/// A worker of a pool.
struct CurrentWorker {
  PoolContext* pool = nullptr;
  int index = -1;
  Hands* hands = nullptr;  // of its counters
};

/// In static TLS, of which there is little (TP_HOT), so it has no gaps.
struct ThisThread {
  PoolContext* pool = nullptr;  // as in CurrentWorker; nullptr: it is no worker
  int index = -1;
  bool ending = false;          // user code is ending it; the first ScopeFail that runs sets this
  bool error_lost = false;      // there was no memory to keep its last error
  bool waits_for_wake = false;  // all workers slept when it queued its last job, so it woke one
  bool forked = false;          // in a child: user code of a pool of the parent forked it
  Hands* hands = nullptr;

  CurrentWorker current_worker() const noexcept { return {pool, index, hands}; }

  /// Makes the thread this worker, or none. Returns what it was.
  CurrentWorker become(const CurrentWorker& worker) noexcept {
    const CurrentWorker before = current_worker();
    pool = worker.pool;
    index = worker.index;
    hands = worker.hands;
    return before;
  }
};
TP_HOT extern thread_local constinit ThisThread this_thread;

/// The calling thread's parker. Lives as long as the thread.
Parker& this_parker() noexcept;

}  // namespace tp::core
