// SPDX-License-Identifier: MIT
// An asymmetric fence of two threads, nearly free for one of them. Stage: base, used by all.
#pragma once

#include <atomic>

namespace tp::core {

/// Two threads each write a word of their own and then read the other's. At least one must see the other's
/// write (Dekker). The thread on the frequent path publishes its word. The thread on the rare path writes,
/// runs the heavy fence, and reads: membarrier(2) puts a barrier into every running thread of the process. So the
/// heavy side sees what was published before, and a thread that publishes later sees what the heavy side wrote.
/// If the kernel refuses membarrier, both sides are seq_cst.
///
/// The kernel may also begin to refuse, when a sandbox is set up late. The heavy side that notices clears
/// has_membarrier and then drains, once for the process, in place of its barrier. A publisher reads has_membarrier
/// again after its store.
/// - It is still set: the store is older than what the drain waits for, so every later heavy side sees it. If the
///   publisher's read of the other word is older than the drain, too, it misses only what another drain covers.
/// - It is clear: publisher and threads in heavy_fence meet in read-modify-writes of one word, and one of these comes
///   first.
/// A drain just waits: a store leaves its CPU within microseconds, at the latest when the CPU enters the
/// kernel. (Morrison and Afek, Temporally Bounding TSO for Fence-Free Asymmetric Synchronization, ASPLOS 2015.)
///
/// Recipe:   frequent: light_store(mine, value); yours.load()      rare: yours.store(value); heavy_fence();
///                                                                       mine.load()
extern std::atomic<bool> has_membarrier;

/// Asks the kernel, once. A pool calls it before it publishes anything.
void prepare_heavy_fence() noexcept;

void heavy_fence() noexcept;

/// Returns when all threads see the stores that any thread made before the call: after 10 ms. It also unmaps
/// a page, which on x86 interrupts the CPUs that run this process.
void drain_stores() noexcept;

/// For a thread that published while has_membarrier was being cleared.
[[gnu::cold]] void meet_heavy_fences() noexcept;

template <class T>
[[gnu::always_inline]] inline void light_store(std::atomic<T>& word, T value) noexcept {
  if (has_membarrier.load(std::memory_order_relaxed)) [[likely]] {  // looked at again
    word.store(value, std::memory_order_release);  // pairs with the heavy side's load
    // orders the compiler; heavy_fence the CPU
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (!has_membarrier.load(std::memory_order_relaxed)) [[unlikely]]
      meet_heavy_fences();  // heavy_fence drains behind its change
  } else {
    word.store(value);
  }
}

}  // namespace tp::core
