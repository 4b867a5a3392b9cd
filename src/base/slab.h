// SPDX-License-Identifier: MIT
// Small memory from per-thread slabs. A thread that frees its own memory takes no lock and writes no shared
// cache line. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

/// Memory that is aligned for max_align_t, or nullptr. Any thread may free it.
void* slab_alloc(std::size_t bytes) noexcept;

/// Frees what slab_alloc(bytes) returned. NULL is a no-op.
void slab_free(void* memory, std::size_t bytes) noexcept;

/// Gives empty slabs back to the system, those of idle threads, too. For after a burst.
void slab_trim() noexcept;

/// How many bytes the slabs of all threads have from the system. For tests.
std::size_t slab_footprint() noexcept;

}  // namespace tp::core
