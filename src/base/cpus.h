// SPDX-License-Identifier: MIT
// How many CPUs this process may use. Stage: base, used by all.
#pragma once

#include <cstddef>

namespace tp::core {

/// Returns how many CPUs the calling thread may keep busy: those of its affinity mask, but not more
/// than the CPU quotas of its cgroup and of the groups above allow, rounded up; at least 1. Files
/// that are missing, cut or make no sense set no limit. root comes before the path of every file
/// that is read, so that tests can bring their own.
std::size_t usable_cpus(const char* root = "") noexcept;

/// The same without files, but for the first call: with the quotas of then.
std::size_t roughly_usable_cpus() noexcept;

}  // namespace tp::core
