// SPDX-License-Identifier: MIT
// Points between the steps of a race, where a test build waits. Stage: base, used by all.
#pragma once

namespace tp::core {

#if defined(TPOOL_NOISE)
/// Defined by the test program.
void noise(const char* point) noexcept;
#else
inline void noise(const char*) noexcept {}
#endif

}  // namespace tp::core
