// SPDX-License-Identifier: MIT
// What the library knows of the calling thread. Stage: base, used by all.
#pragma once

#include "base/platform.h"

namespace tp::core {

struct Hands;
class PoolContext;
class Parker;

/// A worker of a pool.
struct Identity {
  PoolContext* owner = nullptr;
  int index = -1;
  Hands* hands = nullptr;  // of its tally
};

/// In static TLS, of which a library that is loaded late gets little: so it has no gaps.
struct ThisThread {
  PoolContext* owner = nullptr;  // as in Identity; nullptr: it is no worker
  int index = -1;
  bool ending = false;      // user code is ending it: set for good by the first OnUnwind that runs
  bool error_lost = false;  // an error came that it had no memory to keep
  Hands* hands = nullptr;

  Identity identity() const noexcept { return {owner, index, hands}; }

  /// Makes it this worker, or none; returns what it was.
  Identity become(const Identity& worker) noexcept {
    const Identity before = identity();
    owner = worker.owner;
    index = worker.index;
    hands = worker.hands;
    return before;
  }
};
TP_HOT extern thread_local constinit ThisThread this_thread;

/// The calling thread's parker. Lives as long as the thread.
Parker& this_parker() noexcept;

}  // namespace tp::core
