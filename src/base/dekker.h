// SPDX-License-Identifier: MIT
// Dekker's agreement with one side nearly free. Stage: base, used by all.
#pragma once

#include <atomic>

namespace tp::core {

/// Two threads each write one word and then read the other's; at least one must see the other's
/// write. The frequent side publishes its word. The rare side writes, settles, and reads: membarrier(2)
/// puts a barrier into every running thread of the process, so that what was published before can be
/// read, and whoever publishes later reads what the settler wrote.
/// Where the kernel refuses, both sides are seq_cst.
///
/// The kernel may also begin to refuse, in a sandbox that is set up late. The settler that sees it
/// clears can_settle and then drains, once for the process, where it would have had its barrier. Who
/// publishes looks at can_settle once more after its store. If it is still set there, the store is older
/// than what the drain waits for, and is seen by every settler from then on; a look at the other side's
/// word that is older than the drain, too, missed only what was settled by another drain. If it is
/// clear, publisher and settlers meet in read-modify-writes of one word, of which one is the first.
/// The drain waits, because stores leave a CPU within microseconds, at the latest as it enters the
/// kernel. (Morrison and Afek, Temporally Bounding TSO for Fence-Free Asymmetric Synchronization,
/// ASPLOS 2015.)
///
/// Recipe:   frequent: publish(mine, value); yours.load()      rare: yours.store(value); settle();
///                                                                    mine.load()
extern std::atomic<bool> can_settle;

/// Asks the kernel, once. Before the first publish of a pool.
void prepare_to_settle() noexcept;

void settle() noexcept;

/// Returns when the stores that any thread made before the call are seen by all: after 10 ms. On x86
/// the memory that it unmaps interrupts the CPUs that run this process, too.
void drain_stores() noexcept;

/// For who has published just as can_settle was cleared.
[[gnu::cold]] void meet_settlers() noexcept;

template <class T>
[[gnu::always_inline]] inline void publish(std::atomic<T>& word, T value) noexcept {
  if (can_settle.load(std::memory_order_relaxed)) [[likely]] {  // looked at again
    word.store(value, std::memory_order_release);               // pairs with the settler's load
    std::atomic_signal_fence(std::memory_order_seq_cst);        // for the compiler; settle has the CPU's
    if (!can_settle.load(std::memory_order_relaxed)) [[unlikely]]
      meet_settlers();  // settle drains behind its change
  } else {
    word.store(value);
  }
}

}  // namespace tp::core
