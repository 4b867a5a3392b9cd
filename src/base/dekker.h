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
/// Recipe:   frequent: publish(mine, value); yours.load()      rare: yours.store(value); settle();
///                                                                    mine.load()
extern std::atomic<bool> can_settle;

/// Asks the kernel, once. Before the first publish of a pool.
void prepare_to_settle() noexcept;

void settle() noexcept;

template <class T>
void publish(std::atomic<T>& word, T value) noexcept {
  if (can_settle.load(std::memory_order_relaxed)) {       // constant while a pool exists
    word.store(value, std::memory_order_release);         // pairs with the settler's load
    std::atomic_signal_fence(std::memory_order_seq_cst);  // for the compiler; settle has the CPU's
  } else {
    word.store(value);
  }
}

}  // namespace tp::core
