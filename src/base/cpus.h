// SPDX-License-Identifier: MIT
// How many CPUs this process may use. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

/// No mask of CPUs has more.
inline constexpr int kMostCpus = 1 << 20;

/// How many CPUs the calling thread may keep busy, at least 1. The limits are its affinity mask, and the CPU
/// quotas (rounded up) of its cgroup and of the groups above. A file that is missing, cut or nonsense sets no
/// limit. Tests bring their own files: root comes before the path of each file that is read.
std::size_t usable_cpus(const char* root = "") noexcept;

/// The same, but only the first call reads files: the others use its quotas.
std::size_t roughly_usable_cpus() noexcept;

}  // namespace tp::core
