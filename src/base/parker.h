// SPDX-License-Identifier: MIT
// Blocks and wakes one thread. Stage: base, used by all.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/futex.h"
#include "base/sync_point.h"

namespace tp::core {

/// A token. One thread waits for it, any thread gives it. A token that comes early is kept; a second one
/// changes nothing.
///
/// Recipe:   waiter: announce; look again; park()      waker: change; look for the announced; unpark()
/// No wake-up is lost: unpark stores the token before it wakes, park sleeps only while there is none, and the kernel
/// compares the word under its own lock. What the waker did before unpark is visible to the thread whose park took the
/// token (release and acquire of the two exchanges). Thread-safe, but only the owner parks.
class Parker {
 public:
  /// Waits for the token and takes it; false when the deadline passed first.
  bool park(Deadline deadline) noexcept {
    for (;;) {
      // acquire pairs with the release in unpark
      if (word_.exchange(kEmpty, std::memory_order_acquire) == kToken) return true;
      sync_point("parker.park");
      if (deadline.passed()) return false;
      futex_wait(word_, kEmpty, deadline);
    }
  }

  /// The owner of a parker that was given the token and may sleep: wake() is still to come. Its thread may have ended
  /// by then, because the address is only a key.
  using Asleep = std::atomic<std::uint32_t>*;

  /// Gives the token. nullptr when the owner had it already.
  [[nodiscard]] Asleep give() noexcept {
    // release pairs with the acquire in park
    return word_.exchange(kToken, std::memory_order_release) == kEmpty ? &word_ : nullptr;
  }
  static void wake(Asleep owner) noexcept {
    if (owner) futex_wake(*owner, 1);
  }

  /// Gives the token and wakes the owner.
  void unpark() noexcept { wake(give()); }

 private:
  static constexpr std::uint32_t kEmpty = 0, kToken = 1;
  std::atomic<std::uint32_t> word_{kEmpty};
};

}  // namespace tp::core
