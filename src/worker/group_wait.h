// SPDX-License-Identifier: MIT
// Stage 5: waiting for the jobs of a group; from capi/group, to result/group.
#pragma once

#include "base/clock.h"
#include "result/group.h"

namespace tp::core {

/// Waits until no job of the group is queued or running, and helps. TP_OK, TP_ETIMEDOUT, TP_EDEADLK.
int wait(Group& group, Deadline deadline);

}  // namespace tp::core
