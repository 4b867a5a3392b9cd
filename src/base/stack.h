// SPDX-License-Identifier: MIT
// How much of a thread's stack is left. Stage: base, used by all.
#pragma once

#include <cstdint>

namespace tp::core {

/// The end of a thread's stack, in which no task is to be started; empty when that is unknown.
struct StackReserve {
  std::uintptr_t low = 0, size = 0;

  /// Whether the calling function is not in there. A fiber's stack is elsewhere: nothing is known of it.
  [[gnu::always_inline]] bool is_ahead() const noexcept {
    return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - low >= size;
  }
};

/// The calling thread's, which is looked up once.
StackReserve stack_reserve() noexcept;

/// Whether this stack has room for one more task.
inline bool has_stack() noexcept { return stack_reserve().is_ahead(); }

}  // namespace tp::core
