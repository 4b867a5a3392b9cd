// SPDX-License-Identifier: MIT
// Points between the steps of a race, where a test build waits. Stage: base, used by all.
#pragma once

namespace tp::core {

#if defined(TPOOL_SYNC_POINTS)
/// Defined by the test program.
void sync_point(const char* point) noexcept;
#else
inline void sync_point(const char*) noexcept {}
#endif

}  // namespace tp::core
