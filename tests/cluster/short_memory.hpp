// SPDX-License-Identifier: MIT
// Allocations that fail on one thread: that of a rank's traffic, over the engine of queues, or the caller's.
#pragma once

#include "cluster/queue_engine.hpp"

namespace short_memory {

// From now on so many allocations of the rank's traffic succeed, and then so many in a row fail.
void begin(int rank, long succeed, long fail);
// The same of the calling thread, which runs no traffic.
void begin_here(long succeed, long fail);
// No more fail. Whether one has failed.
bool end();

}  // namespace short_memory
