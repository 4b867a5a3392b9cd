// SPDX-License-Identifier: MIT
// Small memory from per-thread slabs: no lock, no shared line where a thread frees its own.
// Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

/// Memory of bytes, aligned for max_align_t; nullptr when there is none. Any thread may free it.
void* slab_alloc(std::size_t bytes) noexcept;

/// Frees what slab_alloc(bytes) returned. NULL is a no-op.
void slab_free(void* memory, std::size_t bytes) noexcept;

/// Gives back to the system what is empty, also of threads that are quiet. After much has ended.
void slab_trim() noexcept;

/// Bytes that the slabs hold from the system, of all threads: for tests.
std::size_t slab_footprint() noexcept;

}  // namespace tp::core
