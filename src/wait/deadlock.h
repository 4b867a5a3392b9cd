// SPDX-License-Identifier: MIT
// Stage 7: what is done about waits that can't end; from wait/waits, to wait/wait_graph.
#pragma once

#include "wait/wait_graph.h"

namespace tp::core {

/// Looks whether a wait that has just begun can end, and if not does something about it:
///
/// - A worker among those that are stuck may run an unstarted item of its own pool that what it
///   waits for depends on, through whatever pools: it is woken to do so.
/// - Else one of the stuck waits is told to return (TP_EDEADLK): one inside a callback, else the one
///   that has just begun; never one that must not return, because its job uses the caller's memory.
///
/// A job can't end while a blocked thread that is stuck runs something of it, nor while it has
/// unstarted items and all workers of its pool are stuck. A wait for any of several jobs is stuck
/// when none of them can end; a wait for all jobs of a pool when one that has begun can't; a wait for
/// room in a pool when all that fill it can't. Waits of which nobody else hears (a wait of a thread that runs
/// nothing, a lock of the user's) count as such that end.
///
/// After the OR model of Chandy, Misra and Haas, Distributed Deadlock Detection (1983), with AND over
/// the threads of a job. Costs as much as there are waits that the new one leads to.
/// REQUIRES: the graph is locked, and the wait is in it.
void resolve(WaitGraph& graph, Wait& newest) noexcept;

}  // namespace tp::core
