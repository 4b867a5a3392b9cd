// SPDX-License-Identifier: MIT
// A trace as a file in the Chrome trace event format. Stage: trace, used by all but base.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/log.h"

namespace tp::core {

/// What the file says of the trace as a whole.
struct TraceHeader {
  char name[16] = {};  // of the pool
  std::size_t workers = 0;
  std::uint64_t started = 0;    // ns of the monotonic clock, from which the file counts
  std::uint64_t untracked = 0;  // events that no track had room for
};

/// Writes what has ended in the tracks. Returns 0 or an errno.
int write_trace(int fd, const TraceHeader& header, const Track* tracks) noexcept;

}  // namespace tp::core
