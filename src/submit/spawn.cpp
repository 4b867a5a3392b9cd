// SPDX-License-Identifier: MIT
// Stage 3: spawn and sync; from capi/spawn, to queue/spawned.
#include "submit/spawn.h"

#include <new>

#include "base/spin.h"
#include "wait/wait.h"

namespace tp::core {
namespace {

using Pushed = SpawnDeque<Spawned>::Pushed;

/// This thread ends, so that nobody will sync what it has spawned, whose memory is on its stack: what has
/// not started is dropped, what was taken is waited for.
void abandon(Spawned& spawned, Spawner& mine) {
  const bool was_offered = spawned.index != SpawnDeque<Spawned>::kNowhere;
  if (was_offered && !mine.deque.pop(spawned.index))
    wait_until(spawned.thief().waiters, Deadline::never(), [&] { return spawned.is_over(); });
  if (spawned.is_over())
    if (Error* const error = spawned.outcome()) error->release();
  spawned.end(Error::of(TP_ELOST));  // for a destructor that syncs it
}

/// The same for all that it has not synced.
void abandon_all(Spawner& mine) {
  while (Spawned* const spawned = mine.newest) {
    mine.newest = spawned->outer();
    abandon(*spawned, mine);
  }
}

/// mine: nullptr on a thread that is no worker.
int run_at_once(Spawned& spawned, Spawner* mine) {
  if (this_thread.forked && !CallScope::current()) return TP_EFORKED;
  const auto lost = [&] {
    if (mine) abandon_all(*mine);
  };
  if (has_stack())
    call_or_else([&] { spawned.run_at_once(); }, lost);
  else
    spawned.end(Error::of(TP_EDEADLK));
  if (mine) mine->newest = &spawned;
  return TP_OK;
}

/// Runs a part of what a worker has taken, if it has spawned one and is still at it. After Wagner and
/// Calder, Leapfrogging: a portable technique for implementing efficient futures (PPoPP 1993). What the
/// calling thread runs comes from what it waits for, so that it ends first and the stack stays bounded.
bool leapfrog(const Spawned& awaited, Spawner& mine) {
  Spawner& thief = awaited.thief();
  bool refused = false;
  Spawned* const part = thief.deque.steal([&](Spawned& oldest) {
    // while its run is not over, all that is here comes from it: the deque was empty when it began
    refused = awaited.is_over();
    if (!refused) oldest.take(mine);
    return !refused;
  });
  PoolContext& pool = *this_thread.pool;
  if (refused || (part && thief.deque.size())) thief.tell_thieves(pool);
  if (!part) return false;
  count_steal(pool);
  part->run_taken();
  return true;
}

void await_thief(Spawned& spawned, Spawner& mine) {
  SpawnDeque<Spawned>& deque = spawned.thief().deque;
  const bool helps = mine.reserve.is_ahead();
  const auto goes_on = [&] { return spawned.is_over() || (helps && deque.size()); };
  while (!spawned.is_over()) {
    if (helps && leapfrog(spawned, mine)) continue;
    if (spin(1, [&] { return spawned.is_over(); }) || goes_on()) continue;
    wait_for_pool(spawned.thief().waiters, {.spawned = &spawned}, Wait::must_not_return,
                  Deadline::never(), goes_on);
  }
  order::acquire(order::ends(&spawned));
}

int status_of(Error* outcome, Error*& error) noexcept {
  error = outcome;
  return outcome ? outcome->status() : TP_OK;
}

int run_here(Spawned& spawned, Spawner& mine, Error*& error) {
  if (!mine.reserve.is_ahead()) return TP_EDEADLK;
  Counters::add(mine.calls, 1);
  return status_of(spawned.run_here([&] { abandon_all(mine); }), error);
}

/// What was not in the deque.
[[gnu::noinline]] int sync_elsewhere(Spawned& spawned, Spawner& mine, Error*& error) {
  if (spawned.is_over()) {
    order::acquire(order::ends(&spawned));
    return status_of(spawned.outcome(), error);
  }
  if (spawned.index == SpawnDeque<Spawned>::kNowhere) return run_here(spawned, mine, error);
  call_or_else([&] { await_thief(spawned, mine); },
               [&] {
                 abandon(spawned, mine);
                 abandon_all(mine);
               });
  return status_of(spawned.outcome(), error);
}

}  // namespace

int spawn(tp_spawn_t& memory, int (*fn)(void*), void* ctx) {
  CallScope* const item = CallScope::current();
  if (!this_thread.hands)
    return run_at_once(*new (&memory) Spawned(fn, ctx, item, nullptr), nullptr);
  Spawner& mine = this_spawner();
  if (!item || !item->is_item())
    return run_at_once(*new (&memory) Spawned(fn, ctx, item, mine.newest), &mine);
  auto* const spawned = new (&memory) Spawned(fn, ctx, item, mine.newest);
  mine.newest = spawned;
  order::release(spawned);
  if (mine.deque.push(spawned, spawned->index) == Pushed::alone)
    mine.tell_thieves(*this_thread.pool);
  return TP_OK;
}

int sync(Spawned& spawned, Error*& error) {
  if (this_thread.hands) {
    Spawner& mine = this_spawner();
    if (mine.newest == &spawned) [[likely]] {
      mine.newest = spawned.outer();
      if (mine.deque.pop(spawned.index)) [[likely]]
        return run_here(spawned, mine, error);
      return sync_elsewhere(spawned, mine, error);
    }
  }
  if (spawned.is_over()) return status_of(spawned.outcome(), error);
  return this_thread.forked ? TP_EFORKED : TP_EINVAL;
}

}  // namespace tp::core
