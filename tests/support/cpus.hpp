// SPDX-License-Identifier: MIT
// The CPUs that the calling thread may use.
#pragma once

#include <sched.h>

#include <vector>

namespace support {

// Of the first 1024.
inline std::vector<unsigned> usable_cpus() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  std::vector<unsigned> cpus;
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &mask)) cpus.push_back(cpu);
  return cpus;
}

}  // namespace support
