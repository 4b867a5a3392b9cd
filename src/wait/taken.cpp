// SPDX-License-Identifier: MIT
// Stage 7: waiting for what a thief has taken; from submit/spawn, to queue/spawned.
#include "wait/taken.h"

#include "base/spin.h"
#include "wait/wait.h"

namespace tp::core {
namespace {

/// Runs a part of what a worker has taken, if it has spawned one and is still at it. After Wagner and
/// Calder, Leapfrogging: a portable technique for implementing efficient futures (PPoPP 1993). What the
/// calling thread runs comes from what it waits for, so that it ends first and the stack stays bounded.
bool leapfrog(const Spawned& awaited, Spawner& mine) {
  // while its run is not over, all that is in the thief's deque comes from it: the deque was empty when it began
  const auto may_take = [&] { return !awaited.is_over(); };
  Spawned* const part = mine.take_from(awaited.thief(), *this_thread.pool, may_take);
  if (part) part->run_taken();
  return part != nullptr;
}

void abandon(Spawned& spawned, Spawner& mine) {
  const bool was_offered = spawned.index != SpawnDeque<Spawned>::kNowhere;
  if (was_offered && !mine.deque.pop(spawned.index))  // what it runs meanwhile may end its thread
    call_elsewhere([&] { await_taken(spawned, mine); });
  if (spawned.is_over())
    if (Error* const error = spawned.take_outcome()) error->release();
  spawned.end(Error::of(TP_ELOST));  // for a destructor that syncs it
}

}  // namespace

void await_taken(Spawned& spawned, Spawner& mine) {
  SpawnDeque<Spawned>& deque = spawned.thief().deque;
  const bool helps = mine.has_stack();
  const auto goes_on = [&] { return spawned.is_over() || (helps && deque.size()); };
  while (!spawned.is_over()) {
    if (helps && leapfrog(spawned, mine)) continue;
    if (spin(1, [&] { return spawned.is_over(); }) || goes_on()) continue;
    wait_for_pool(spawned.thief().waiters, {.spawned = &spawned}, Wait::must_not_return,
                  Deadline::never(), goes_on);
  }
}

void abandon_all(Spawner& mine) {
  while (Spawned* const spawned = mine.newest) {
    mine.newest = spawned->outer();
    abandon(*spawned, mine);
  }
}

}  // namespace tp::core
