// SPDX-License-Identifier: MIT
// Stage 7: waiting for what a thief has taken; from submit/spawn, to queue/spawned.
#pragma once

#include "queue/spawned.h"

namespace tp::core {

/// Waits until a call that another worker has taken is over. Meanwhile this worker runs parts of that call, and nothing
/// else. REQUIRES: nothing that the worker has spawned after it waits for a sync.
void await_taken(Spawned& spawned, Spawner& mine);

/// User code is ending this worker's thread, so that nobody will sync what it has spawned, whose memory is on its
/// stack. What has not started is dropped, what was taken is waited for.
void abandon_all(Spawner& mine);

}  // namespace tp::core
